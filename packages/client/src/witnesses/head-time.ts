import { openHeadState } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import type { WitnessedHead } from '@holdfast/core/vault-protocol';
import type { Backup } from '../repository/backup.ts';
import { tryHead } from '../repository/head-chain.ts';

/**
 * When a head that a vault holds was written, in milliseconds since 1970; null when the store does not
 * show it, or this device can't open it.
 *
 * @throws {HoldfastError} what the store throws.
 */
export async function headTime(
  backup: Backup,
  { number }: WitnessedHead,
  signal?: AbortSignal,
): Promise<number | null> {
  const head = await tryHead(backup.headChain(signal), number);
  if (!('hash' in head)) return null;
  try {
    return (await openHeadState(backup.crypto, backup.keyring, head)).atMs;
  } catch (error) {
    if (error instanceof HoldfastError) return null;
    throw error;
  }
}
