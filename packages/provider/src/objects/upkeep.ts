/** What becomes of bytes that nobody can get at any more (spec/provider-api.md §5.2, §5.5). */
import type { ObjectBytes } from '../bytes/index.ts';
import type { MetadataStore } from '../metadata/index.ts';

export interface UpkeepOptions {
  readonly metadata: MetadataStore;
  readonly bytes: ObjectBytes;
  readonly retentionMs: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const AT_ONCE = 100;
/** Older than any upload that is under way. */
const ORPHAN_AGE_MS = 24 * 3600 * 1000;

/** Ends objects that were deleted long enough ago, tokens and challenges that have expired. */
export async function endExpired(options: UpkeepOptions): Promise<void> {
  const { metadata, bytes, retentionMs, now = Date.now } = options;
  await metadata.dropExpired(now());
  for (;;) {
    const taken = await metadata.takeDeleted(now() - retentionMs, AT_ONCE);
    for (const { accountId, place } of taken) {
      if (place !== null) await bytes.remove({ accountId, place });
    }
    if (taken.length < AT_ONCE) return;
  }
}

/** Removes what a crash has left: bytes of no object. @returns How many. */
export async function removeOrphans(options: UpkeepOptions): Promise<number> {
  const { metadata, bytes, now = Date.now } = options;
  const beforeMs = now() - ORPHAN_AGE_MS;
  let removed = 0;
  for await (const { accountId, place, writtenAtMs } of bytes.list()) {
    if (writtenAtMs > beforeMs || (await metadata.hasPlace(accountId, place))) continue;
    await bytes.remove({ accountId, place });
    removed++;
  }
  return removed;
}
