/**
 * Reads packs whole and has workers look through them, several under way at a time.
 */
import { derivePackKeys, type PackRef, packBytes } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { asDamage } from '../damage.ts';
import type { SharedBuffer } from '../platform/shared-buffers.ts';
import type { Progress } from '../progress.ts';
import type { Backup } from '../repository/backup.ts';
import type { BlobReader } from '../repository/blob-reader.ts';
import { packName } from '../repository/object-names.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { type Blame, renewRemedy } from './blame.ts';
import type { CheckPool } from './check-pool.ts';
import type { PackToRead } from './choose-packs.ts';
import { Suspicion, type Suspicions } from './finding.ts';
import type { RecomputedNames } from './recomputed-names.ts';
import type { FoundBlob, PackVerdict } from './workers/check-messages.ts';
import { hasNames } from './workers/names-of.ts';

const INDEX_REMEDY =
  'Its content is found through the index of the backup and can be restored. Put the object back if another copy of the store has it';

const UNREAD_REMEDY =
  'Check again where more memory is free. If it is the same, whoever wrote the pack did not write it as a backup does: tell who makes Holdfast';

export interface DataCheckOptions {
  /** Stays the caller's to end. */
  readonly pool: CheckPool;
  readonly blame: Blame;
  readonly suspicions: Suspicions;
  readonly names: RecomputedNames;
  /** Compares the names known so far with those in all tables, after which they are forgotten. */
  readonly compareNames: () => Promise<void>;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** @returns What was read whole, damaged or not: names of packs in hex digits. */
export async function checkData(
  backup: Backup,
  packs: readonly PackToRead[],
  options: DataCheckOptions,
): Promise<{ readonly packsRead: ReadonlySet<string>; readonly bytesRead: number }> {
  const { pool, names, signal } = options;
  const check = new DataCheck(backup, options);
  const running = new Set<Promise<void>>();
  let failure: unknown = null;
  for (const pack of packs) {
    while (running.size >= pool.capacity) await Promise.race(running);
    if (names.isFull) {
      await Promise.all(running);
      await options.compareNames();
      names.clear();
    }
    if (failure !== null || signal?.aborted) break;
    const work = check
      .check(pack)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => running.delete(work));
    running.add(work);
  }
  await Promise.all(running);
  if (failure !== null) throw failure;
  throwIfCancelled(signal, 'check');
  const { packsRead, bytesRead } = check;
  return { packsRead, bytesRead };
}

class DataCheck {
  readonly #backup: Backup;
  readonly #options: DataCheckOptions;
  readonly #reader: BlobReader;
  /** Names in hex digits. */
  readonly packsRead = new Set<string>();
  bytesRead = 0;

  constructor(backup: Backup, options: DataCheckOptions) {
    this.#backup = backup;
    this.#options = options;
    this.#reader = backup.reader(options.signal);
  }

  async check(chosen: PackToRead): Promise<void> {
    const { pool, blame, progress } = this.#options;
    const { pack } = chosen;
    const buffer = await pool.takeBuffer();
    try {
      const verdict = await this.#judge(chosen, buffer);
      if (verdict === null) this.#leaveUnread(pack);
      else if (typeof verdict === 'string') blame.losePack(pack, verdict);
      else await this.#take(chosen, verdict);
    } finally {
      pool.giveBuffer(buffer);
    }
    progress.add(1, packBytes(pack.k));
  }

  /**
   * @returns What is wrong, when there is no object that could be looked through; null when to look
   *   through it took more than a worker has.
   */
  async #judge(
    { pack, segments }: PackToRead,
    buffer: SharedBuffer,
  ): Promise<PackVerdict | 'is missing' | 'is damaged' | null> {
    const { store, crypto, keyring } = this.#backup;
    const { pool, signal } = this.#options;
    const into = buffer.bytes.subarray(0, packBytes(pack.k));
    const object = await this.#fetch(() => store.get(packName(pack.name), { signal, into }));
    if (object === null) return 'is missing';
    if (object.length !== into.length) return 'is damaged';
    if (object.buffer !== into.buffer) into.set(object);
    let keys: Awaited<ReturnType<typeof derivePackKeys>>;
    try {
      keys = await derivePackKeys(crypto, keyring, pack);
    } catch (error) {
      asDamage(error);
      return 'is damaged';
    }
    const expected = segments.map(({ stream, start, lengthBytes, contentOffset }) => {
      return { stream, start, lengthBytes, contentOffset };
    });
    const job = { ...keys, name: pack.name, k: pack.k, segments: expected };
    return await pool.judge(job, buffer);
  }

  async #take(chosen: PackToRead, verdict: PackVerdict): Promise<void> {
    const { pack } = chosen;
    const { names } = this.#options;
    this.bytesRead += packBytes(pack.k);
    this.#takeFrames(chosen, verdict);
    const hex = toHex(pack.name);
    if (verdict.hasIndex) names.add(hex, verdict.listing);
    for (const blob of verdict.wrong) this.#suspectBlob(pack, blob);
    await this.#checkCrossing(pack, verdict.crossing);
    this.packsRead.add(hex);
  }

  /** @returns null also when the store says that the object is damaged. */
  async #fetch(get: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> {
    try {
      return await get();
    } catch (error) {
      asDamage(error);
      return new Uint8Array(0);
    }
  }

  /** Nothing is known of its content, so that backups may go on using it. */
  #leaveUnread(pack: PackRef): void {
    const what = `${packName(pack.name)} could not be looked through`;
    const make = (): Suspicion => new Suspicion('damage', what, UNREAD_REMEDY);
    this.#options.suspicions.get(`unread ${toHex(pack.name)}`, make);
  }

  #takeFrames({ pack }: PackToRead, verdict: PackVerdict): void {
    const { blame, suspicions } = this.#options;
    const hex = toHex(pack.name);
    const isOlder = pack.epoch < this.#backup.keyring.newestEpoch;
    // Of an older epoch's pack no frame counts unless all are the ones written.
    const isUseless = !verdict.isNamed && (isOlder || verdict.lostFrames.length === 0);
    if (isUseless) blame.losePack(pack, 'is damaged');
    else if (verdict.lostFrames.length > 0) blame.loseFrames(pack, verdict.lostFrames);
    else if (!verdict.hasIndex) {
      const what = `The own index of ${packName(pack.name)} can not be read`;
      suspicions.get(`own index ${hex}`, () => new Suspicion('damage', what, INDEX_REMEDY));
    } else if (!verdict.hasSegments) {
      blame.losePack(pack, 'does not hold what the index says');
    }
  }

  #suspectBlob(pack: PackRef, blob: FoundBlob): void {
    const { blame, suspicions } = this.#options;
    const name = packName(pack.name);
    const suspicion = suspicions.get(`content ${name}`, () => {
      const what = (count: number): string =>
        `${name} holds ${count === 1 ? 'a blob' : `${count} blobs`} whose content is not what it should be`;
      return new Suspicion('damage', what, renewRemedy);
    });
    suspicion.count(`${toHex(blob.stream)}:${blob.offset}`);
    blame.loseBlob(blob, suspicion);
  }

  /** Blobs that end in another pack are few: they are read by themselves. */
  async #checkCrossing(pack: PackRef, blobs: readonly FoundBlob[]): Promise<void> {
    const { segments } = this.#backup.state;
    for (const blob of blobs) {
      // Moved, or not in use any more.
      if (!segments.covers(blob.stream, blob.offset, blob.storedBytes)) continue;
      const nameKey = this.#backup.chunkNameKey.bytes();
      try {
        const plain = await this.#reader.read(blob);
        if (!hasNames(nameKey, blob.kind, plain, blob.names)) this.#suspectBlob(pack, blob);
      } catch (error) {
        this.#options.blame.ofError(blob, asDamage(error));
      }
    }
    this.#reader.clear();
  }
}
