/** What every command on passwords works with: the store, this device's key, and the trusted vaults. */
import type { Store } from '@holdfast/client';
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import type { Invocation } from '../command.ts';
import { commandError } from '../command-error.ts';
import { type Folders, findFolders } from '../places/folders.ts';
import { findKeptKey } from '../places/open-backup.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';

export interface PasswordPlace {
  readonly folders: Folders;
  readonly storeUrl: string;
  readonly store: Store;
  /** Wipe it. */
  readonly rootKey: Secret;
  readonly backupId: Uint8Array;
  readonly vaults: readonly TrustedVault[];
}

/**
 * @throws {HoldfastError} `usage` when no vault is trusted; `key-missing`; `backup-missing` when the
 *   store holds another backup than this device has the key of; what the store throws.
 */
export async function openPasswordPlace(invocation: Invocation): Promise<PasswordPlace> {
  const folders = findFolders(invocation.terminal.env);
  const vaults = await readTrustedVaults(folders);
  if (vaults.length === 0) {
    throw commandError('usage', 'Cannot go on: this device trusts no vault', {
      nextStep: 'Trust one first: holdfast vault trust URL',
    });
  }
  const { rootKey, backupId, storeUrl } = await findKeptKey(invocation);
  const { openStore } = await import('@holdfast/client/store');
  const { readBackupId } = await import('@holdfast/client/open');
  const store = await openStore(storeUrl);
  const there = await readBackupId(store, { signal: invocation.signal });
  if (there === null || !equalBytes(there, backupId)) {
    const state =
      there === null ? 'there is no backup in this store' : 'the store holds another one';
    throw new HoldfastError('backup-missing', `Cannot open the backup: ${state}`);
  }
  return { folders, storeUrl, store, rootKey, backupId, vaults };
}
