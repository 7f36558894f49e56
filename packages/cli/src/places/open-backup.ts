/** From a command's options to the open backup: which store, which key. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Backup, Device, OpenOptions, Store } from '@holdfast/client';
import { makeFolders } from '@holdfast/client/make-folders';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import type { Invocation } from '../command.ts';
import { type CommandError, commandError } from '../command-error.ts';
import type { Output } from '../output/output.ts';
import { chooseStore } from './choose-store.ts';
import { emptiedStore } from './emptied-store.ts';
import { type Folders, findFolders } from './folders.ts';
import { readKeptKey, readNextKey, recallBackup } from './kept-key.ts';
import { keyFileName, readKeyFile } from './key-file.ts';
import { takeNextKey } from './take-next-key.ts';

/** What to do with a state that can't be read, or is older than one seen: fails unless told otherwise. */
export type OpenChoices = Pick<OpenOptions, 'onDamage' | 'onStale'>;

export interface OpenedBackup extends AsyncDisposable {
  readonly backup: Backup;
  readonly store: Store;
  readonly storeUrl: string;
  /** Wiped when this is disposed. */
  readonly rootKey: Secret;
  /** Whether this device has just finished a change of the key that was cut off. */
  readonly hasTakenNextKey: boolean;
}

interface OpenedByKey {
  readonly backup: Backup;
  readonly rootKey: Secret;
  readonly hasTakenNextKey?: boolean;
}

/** This device, as the engine wants to know it; its folders are made, for their owner only. */
export function thisDevice(folders: Folders): Device {
  const cacheFolder = join(folders.cache, 'engine');
  const stateFolder = join(folders.state, 'engine');
  for (const folder of [cacheFolder, stateFolder]) makeFolders(folder, 0o700);
  return { cacheFolder, stateFolder, deviceName: hostname() };
}

/**
 * @throws {HoldfastError} `usage`, `backup-missing`, `wrong-key`, `key-typo`, and what the store throws.
 */
export async function openChosenBackup(
  invocation: Invocation,
  choices: OpenChoices = {},
): Promise<OpenedBackup> {
  const { options, terminal, output } = invocation;
  const folders = findFolders(terminal.env);
  const storeUrl = await chooseStore(options, terminal.env, folders);
  const { openStore } = await import('@holdfast/client/store');
  const store = await openStore(storeUrl);
  try {
    const opened = await openStoredBackup(store, storeUrl, folders, invocation, choices);
    const { backup, rootKey, hasTakenNextKey = false } = opened;
    const recalled = await recallBackup(folders, storeUrl);
    if (recalled !== null && !equalBytes(recalled, backup.id)) tellOther(recalled, backup, output);
    return {
      ...{ backup, store, storeUrl, rootKey, hasTakenNextKey },
      async [Symbol.asyncDispose]() {
        rootKey.wipe();
        await backup.close();
      },
    };
  } catch (error) {
    if (!isNotThere(error)) throw error;
    throw (await emptiedStore(store, storeUrl, folders)) ?? error;
  }
}

async function openStoredBackup(
  store: Store,
  storeUrl: string,
  folders: Folders,
  invocation: Invocation,
  choices: OpenChoices,
): Promise<OpenedByKey> {
  const { options, terminal, output, signal } = invocation;
  const { openBackup } = await import('@holdfast/client/open');
  const device = thisDevice(folders);
  const open = async (rootKey: Secret): Promise<OpenedByKey> => {
    const options = { ...choices, device, signal, onEvent: output.event };
    return { backup: await openBackup(store, rootKey, options), rootKey };
  };
  const keyFile = keyFileName(options, terminal.env);
  if (keyFile !== null) return open(new Secret((await readKeyFile(keyFile, terminal)).bytes));

  const recalled = await recallBackup(folders, storeUrl);
  const keptFor = recalled ?? (await needBackupId(store));
  const rootKey = await needKeptKey(folders, keptFor);
  try {
    return await open(rootKey);
  } catch (error) {
    const nextKey = isRotated(error) ? await readNextKey(folders, keptFor) : null;
    if (nextKey !== null) {
      const taken = { store, device, storeUrl, backupId: keptFor, nextKey, choices };
      try {
        const backup = await takeNextKey(invocation, taken);
        output.warn(
          'A change of the key had been cut off. It is finished: this device keeps the new key',
        );
        return { backup, rootKey: nextKey, hasTakenNextKey: true };
      } catch (cause) {
        // Another device came first, with another key.
        if (!isWrongKey(cause)) throw cause;
      }
    }
    // The store may hold another backup than it did: this device may keep that one's key too.
    if (recalled === null || !isWrongKey(error) || store.account !== null) throw error;
    const backupId = await needBackupId(store);
    if (equalBytes(backupId, recalled)) throw beforeChange(error);
    return await open(await needKeptKey(folders, backupId, true));
  }
}

/** A key that this device keeps has opened the backup: the store does not show the change that brought it. */
function beforeChange(cause: unknown): CommandError {
  const state = 'it shows the backup as it was before its key was changed';
  return commandError('stale', `Cannot trust this store: ${state}`, {
    cause,
    nextStep:
      'Is it the right disk, and no older copy? What it shows opens with the key of before: --key-file FILE',
  });
}

/** Such as when another disk is mounted in the same place. */
function tellOther(before: Uint8Array, { id }: Backup, output: Output): void {
  const [was, is] = [before, id].map((backupId) => backupId.toHex().slice(0, 16));
  const message = `This store holds backup ${is}, not ${was} as before. Is it the right disk?`;
  output.warn(`${message} "holdfast recover" has this device expect it from now on`);
  output.json({ type: 'note', code: 'other-backup', message });
}

/** The key that this device keeps, found without the store if it was used before. */
export async function findKeptKey(
  invocation: Invocation,
): Promise<{ rootKey: Secret; backupId: Uint8Array; storeUrl: string }> {
  const { options, terminal, output } = invocation;
  const folders = findFolders(terminal.env);
  const storeUrl = await chooseStore(options, terminal.env, folders);
  let backupId = await recallBackup(folders, storeUrl);
  if (backupId === null) {
    const { openStore } = await import('@holdfast/client/store');
    backupId = await needBackupId(await openStore(storeUrl));
  }
  const rootKey = await needKeptKey(folders, backupId);
  const nextKey = await readNextKey(folders, backupId);
  if (nextKey !== null && !nextKey.equals(rootKey)) {
    output.warn(
      'A change of the key was cut off, and another may be in force. "holdfast key rotate --root" finishes it, or begins it anew',
    );
  }
  return { rootKey, backupId, storeUrl };
}

async function needBackupId(store: Store): Promise<Uint8Array<ArrayBuffer>> {
  if (store.account !== null) throw keyMissing();
  const { readBackupId } = await import('@holdfast/client/open');
  const backupId = await readBackupId(store);
  if (backupId !== null) return new Uint8Array(backupId);
  throw new HoldfastError('backup-missing', 'Cannot open the backup: there is none in this store');
}

/** @param isOther Whether the store held another backup before. */
async function needKeptKey(
  folders: Folders,
  backupId: Uint8Array,
  isOther = false,
): Promise<Secret> {
  const rootKey = await readKeptKey(folders, backupId);
  if (rootKey !== null) return rootKey;
  if (isOther) {
    const message =
      'Cannot open the backup: the store holds another one than before, and this device keeps no key for it';
    throw commandError('key-missing', message, {
      nextStep: 'Is it the right disk? If so, type the 64-digit key once with "holdfast recover".',
    });
  }
  throw keyMissing();
}

function keyMissing(): CommandError {
  return commandError('key-missing', 'Cannot open the backup: this device keeps no key for it', {
    nextStep: 'Type the 64-digit key once with "holdfast recover", or name a --key-file.',
  });
}

function isNotThere(error: unknown): boolean {
  return error instanceof HoldfastError && ['backup-missing', 'stale'].includes(error.code);
}

function isRotated(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'key-rotated';
}

function isWrongKey(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'wrong-key';
}
