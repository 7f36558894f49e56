/**
 * Tells a store that is empty from one whose disk is not mounted: a mount point without its disk is
 * an empty folder, and a backup that this device knows does not vanish by itself.
 */
import type { Store } from '@holdfast/client';
import { type CommandError, commandError } from '../command-error.ts';
import type { Folders } from './folders.ts';
import { recallBackup } from './kept-key.ts';

/** @returns an error to throw when the store held a backup and now holds nothing; null otherwise. */
export async function emptiedStore(
  store: Store,
  storeUrl: string,
  folders: Folders,
): Promise<CommandError | null> {
  if ((await recallBackup(folders, storeUrl)) === null) return null;
  for await (const _ of store.list('')) return null;
  return commandError(
    'store-unreachable',
    `Cannot open the store ${storeUrl}: it is empty, but held a backup before`,
    { nextStep: 'Is its disk mounted?' },
  );
}
