/** Has the trusted vaults remember the newest state, once there is one (spec/vault-protocol.md §12.3). */
import type { Backup } from '@holdfast/client';
import type { TrustedVault } from '@holdfast/client/vaults';
import { HoldfastError } from '@holdfast/core/errors';
import type { Witness } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import type { PasswordPlace } from '../passwords/password-place.ts';
import { thisDevice } from '../places/open-backup.ts';
import { untakenTexts } from './witness-texts.ts';

/**
 * Never fails what it is a part of: what a vault lacks then, the next run brings to it.
 *
 * @param told What was said already.
 */
export async function tellVaults(
  backup: Backup,
  invocation: Invocation,
  vaults: readonly TrustedVault[],
  told: readonly string[] = [],
): Promise<readonly Witness[]> {
  const { output, signal } = invocation;
  if (vaults.length === 0) return [];
  try {
    const { tellWitnesses } = await import('@holdfast/client/witnesses');
    const witnesses = await tellWitnesses(backup, { vaults, signal });
    for (const text of witnesses.flatMap(untakenTexts)) {
      if (!told.includes(text)) output.warn(text);
    }
    return witnesses;
  } catch (error) {
    notTold(error, invocation);
    return [];
  }
}

/** The same of a backup that is not open, such as when vaults have just begun to know it. */
export async function tellNewVaults(
  invocation: Invocation,
  { folders, store, rootKey }: PasswordPlace,
  vaults: readonly TrustedVault[],
): Promise<void> {
  const { signal } = invocation;
  try {
    const { openBackup } = await import('@holdfast/client/open');
    const backup = await openBackup(store, rootKey, { device: thisDevice(folders), signal });
    await tellVaults(backup, invocation, vaults);
    await backup.close();
  } catch (error) {
    notTold(error, invocation);
  }
}

function notTold(error: unknown, { output, signal }: Invocation): void {
  if (!(error instanceof HoldfastError)) throw error;
  if (signal.aborted) return;
  output.warn(`The vaults were not told of the newest state: ${error.message}`);
}
