/**
 * Telling a store without heads that never held a backup from one that has lost its heads
 * (spec/head.md §2).
 */
import { HoldfastError } from '@holdfast/core/errors';
import type { Store } from '../stores/store.ts';
import { HEAD_PREFIX, PACK_PREFIX, RECORD_PREFIX } from './object-names.ts';

/**
 * Whether a store without heads holds the remains of a backup. An init that was cut off leaves a
 * record of method `key` and at most one pack; a backup has more packs than that.
 */
async function hasRemains(store: Store, signal: AbortSignal | undefined): Promise<boolean> {
  let records = 0;
  for await (const _ of store.list(`${RECORD_PREFIX}key-`, { signal })) records++;
  let packs = 0;
  for await (const _ of store.list(PACK_PREFIX, { signal })) if (++packs > records) return true;
  return false;
}

/** @throws {HoldfastError} `damaged` when a store without heads holds the remains of a backup. */
export async function assertNoRemains(
  store: Store,
  action: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!(await hasRemains(store, signal))) return;
  const message = `Cannot ${action}: the store holds what remains of one whose heads are missing`;
  throw new HoldfastError('damaged', message, { details: { objectName: HEAD_PREFIX } });
}
