/**
 * While packs are missing: what was live in them may still lie in a pack that it was copied from, and
 * that is dead since. Such a pack must stay.
 */
import { fromHex } from '@holdfast/core/bytes';
import type { Backup } from '../repository/backup.ts';
import { readPackIndex, readPackRef } from '../repository/pack-index.ts';
import { StreamRanges } from '../repository/stream-ranges.ts';
import type { DeadPack, Survey } from './survey.ts';

/** @returns Those of `packs` that hold nothing live of the missing ones, by their own indexes. */
export async function withoutLastCopies(
  backup: Backup,
  packs: readonly DeadPack[],
  { state, missing, reached }: Survey,
  signal: AbortSignal | undefined,
): Promise<readonly DeadPack[]> {
  if (missing.length === 0) return packs;
  const missed = new StreamRanges();
  for (const segment of missing.flatMap(({ segments }) => segments)) {
    for (const range of reached.live.within(segment)) {
      missed.add(range.stream, range.start, range.lengthBytes);
    }
  }
  const reader = backup.reader(signal, state.segments);
  const dispensable: DeadPack[] = [];
  for (const pack of packs) {
    const ref = await readPackRef(backup, fromHex(pack.name), signal);
    const index = ref === null ? null : await readPackIndex(reader, ref);
    if (index !== null && !index.parts.some((part) => missed.overlaps(part)))
      dispensable.push(pack);
  }
  return dispensable;
}
