/** What every command on passwords works with: the store, this device's key, and the trusted vaults. */
import type { Store } from '@holdfast/client';
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import type { Invocation } from '../command.ts';
import { usageError } from '../command-error.ts';
import { type Folders, findFolders } from '../places/folders.ts';
import { findKeptKey } from '../places/open-backup.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';

/** Wipes its key when it is disposed. */
export interface PasswordPlace extends Disposable {
  readonly folders: Folders;
  readonly storeUrl: string;
  readonly store: Store;
  readonly rootKey: Secret;
  readonly backupId: Uint8Array;
  readonly trusted: readonly TrustedVault[];
}

/**
 * @throws {HoldfastError} `key-missing`; `backup-missing` when the store holds another backup than this
 *   device has the key of; what the store throws.
 */
export async function openPasswordPlace(invocation: Invocation): Promise<PasswordPlace> {
  const folders = findFolders(invocation.terminal.env);
  const trusted = await readTrustedVaults(folders);
  const { rootKey, backupId, storeUrl } = await findKeptKey(invocation);
  try {
    const store = await openStoreOf({ backupId, rootKey, storeUrl }, invocation);
    return {
      ...{ folders, storeUrl, store, rootKey, backupId, trusted },
      [Symbol.dispose]: () => rootKey.wipe(),
    };
  } catch (error) {
    rootKey.wipe();
    throw error;
  }
}

/** @throws {HoldfastError} `usage` when there is none. */
export function assertTrusts(trusted: readonly TrustedVault[]): void {
  if (trusted.length > 0) return;
  throw usageError(
    'Cannot go on: this device trusts no vault',
    'Trust one first: holdfast vault trust URL',
  );
}

async function openStoreOf(
  { backupId, rootKey, storeUrl }: Pick<PasswordPlace, 'backupId' | 'rootKey' | 'storeUrl'>,
  { signal }: Invocation,
): Promise<Store> {
  const { openStore } = await import('@holdfast/client/store');
  const { actAsOwner, readBackupId } = await import('@holdfast/client/open');
  const store = await openStore(storeUrl);
  await actAsOwner(store, rootKey);
  const there = await readBackupId(store, { signal });
  if (there !== null && equalBytes(there, backupId)) return store;
  const state = there === null ? 'there is no backup in this store' : 'the store holds another one';
  throw new HoldfastError('backup-missing', `Cannot open the backup: ${state}`);
}
