/** Going over to a root key that was put in force, and finishing what is left of that. */
import type { Backup, Device, OpenOptions, Store } from '@holdfast/client';
import type { Secret } from '@holdfast/core/secret';
import type { Invocation } from '../command.ts';
import { findFolders } from './folders.ts';
import { keepKey } from './kept-key.ts';

export interface TakenKey {
  readonly store: Store;
  readonly device: Device;
  readonly storeUrl: string;
  readonly backupId: Uint8Array;
  readonly nextKey: Secret;
  readonly choices?: Pick<OpenOptions, 'onDamage' | 'onStale'>;
}

/**
 * Opens the backup with its next root key, which this device keeps from then on.
 *
 * @throws {HoldfastError} `wrong-key` when that never came in force, or as `openBackup`.
 */
export async function takeNextKey(
  { terminal, output, signal }: Invocation,
  { store, device, storeUrl, backupId, nextKey, choices }: TakenKey,
): Promise<Backup> {
  const folders = findFolders(terminal.env);
  const { openBackup } = await import('@holdfast/client/open');
  const { finishRotation } = await import('@holdfast/client');
  const backup = await openBackup(store, nextKey, {
    ...choices,
    ...{ device, signal },
    onEvent: output.event,
  });
  try {
    await finishRotation(backup, nextKey, { signal });
    await keepKey(folders, { backupId, rootKey: nextKey, storeUrl });
    return backup;
  } catch (error) {
    await backup.close();
    throw error;
  }
}
