/** How many vaults have to hold a head for it to count as witnessed (spec/vault-protocol.md §12.3, 2). */
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { parseRecoveryRecord } from '@holdfast/core/recovery-record';
import { decodePasswordBody, type RecordStatus, type Witness } from '@holdfast/core/vault-protocol';
import { storeShelf } from '../passwords/store-shelf.ts';
import type { Store } from '../stores/store.ts';

/**
 * n − t + 1 of the password that is live at these vaults; without one, all of them.
 *
 * @throws {HoldfastError} what the store throws.
 */
export async function neededHolders(
  store: Store,
  witnesses: readonly Witness[],
  signal?: AbortSignal,
): Promise<number> {
  const live = witnesses
    .flatMap(({ status }) => status?.records ?? [])
    .filter(({ state }) => state === 'live')
    .toSorted((a, b) => b.version - a.version);
  for (const record of live) {
    const needed = await neededOf(store, record, signal);
    if (needed !== null) return needed;
  }
  return witnesses.length;
}

async function neededOf(
  store: Store,
  { version, hash }: RecordStatus,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  const object = await storeShelf(store, signal).getRecord(version);
  if (object === null || !equalBytes(nodeCrypto.sha256(object), hash)) return null;
  try {
    const { t, vaults } = decodePasswordBody((await parseRecoveryRecord(nodeCrypto, object)).body);
    return vaults.length - t + 1;
  } catch (error) {
    if (error instanceof HoldfastError) return null;
    throw error;
  }
}
