/** Waits for vaults that are late in a recovery, and says so where that takes long. */
import { setTimeout } from 'node:timers/promises';
import type { VaultReport } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';

/** Who answers so soon is not late. */
const SOON_MS = 500;

/** @param ended Must not reject. */
export async function waitForLate(
  { output }: Invocation,
  ended: Promise<readonly VaultReport[]>,
): Promise<readonly VaultReport[]> {
  const isWaiting = await Promise.race([
    ended.then(() => false),
    setTimeout(SOON_MS, true, { ref: false }),
  ]);
  if (isWaiting) {
    output.aside('The password is right. Waiting for vaults that are late to note that, too');
  }
  return await ended;
}
