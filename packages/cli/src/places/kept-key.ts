/**
 * The root key that this device keeps per backup, in the state folder, mode 0600; and which backup a
 * store URL held last, so that the key is found when the store can't be reached.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseKey } from '@holdfast/core/key-text';
import { Secret } from '@holdfast/core/secret';
import { commandError } from '../command-error.ts';
import type { Folders } from './folders.ts';
import { keyFileText } from './key-file.ts';
import { replacePrivateFile } from './private-file.ts';

/** @param backupId 32 bytes. */
export async function keepKey(
  folders: Folders,
  { backupId, rootKey, storeUrl }: { backupId: Uint8Array; rootKey: Secret; storeUrl: string },
): Promise<void> {
  const before = await readKeptKey(folders, backupId).catch(() => null);
  await replacePrivateFile(keyPath(folders, backupId), keyFileText(rootKey));
  // It is the key now, or another one came after the key that it was to follow.
  if (!before?.equals(rootKey)) await rm(nextKeyPath(folders, backupId), { force: true });
  await rememberBackup(folders, storeUrl, backupId);
}

/** Beside the key: the one that is to take its place, and may have done so in the store. */
export async function keepNextKey(
  folders: Folders,
  backupId: Uint8Array,
  nextKey: Secret,
): Promise<void> {
  await replacePrivateFile(nextKeyPath(folders, backupId), keyFileText(nextKey));
}

/** @returns null when no change of the key was begun here, or it has ended: it is the key then. */
export async function readNextKey(folders: Folders, backupId: Uint8Array): Promise<Secret | null> {
  const nextKey = await readKey(nextKeyPath(folders, backupId));
  if (nextKey === null) return null;
  const key = await readKeptKey(folders, backupId);
  return key?.equals(nextKey) ? null : nextKey;
}

/** @returns null when this device keeps no key for the backup. */
export async function readKeptKey(folders: Folders, backupId: Uint8Array): Promise<Secret | null> {
  return await readKey(keyPath(folders, backupId));
}

async function readKey(path: string): Promise<Secret | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  try {
    return new Secret(parseKey(text).bytes);
  } catch (cause) {
    throw commandError('damaged', `Cannot read the key that this device keeps: ${path}`, {
      cause,
      nextStep: 'Type the 64-digit key again with "holdfast recover".',
    });
  }
}

/** The backup that this store URL held last, or null. */
export async function recallBackup(
  folders: Folders,
  storeUrl: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const idHex = (await readStores(folders))[storeUrl];
  return typeof idHex === 'string' && /^[0-9a-f]{64}$/.test(idHex)
    ? Uint8Array.fromHex(idHex)
    : null;
}

async function rememberBackup(
  folders: Folders,
  storeUrl: string,
  backupId: Uint8Array,
): Promise<void> {
  const stores = { ...(await readStores(folders)), [storeUrl]: backupId.toHex() };
  await replacePrivateFile(storesPath(folders), `${JSON.stringify(stores, null, 2)}\n`);
}

/** What is not readable here is merely forgotten: the store knows it too. */
async function readStores(folders: Folders): Promise<Record<string, unknown>> {
  const text = await readIfThere(storesPath(folders));
  try {
    const stores: unknown = JSON.parse(text ?? '{}');
    return typeof stores === 'object' && stores !== null ? { ...stores } : {};
  } catch {
    return {};
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function keyPath(folders: Folders, backupId: Uint8Array): string {
  return join(folders.state, 'keys', `${backupId.toHex()}.key`);
}

function nextKeyPath(folders: Folders, backupId: Uint8Array): string {
  return join(folders.state, 'keys', `${backupId.toHex()}.next.key`);
}

function storesPath(folders: Folders): string {
  return join(folders.state, 'stores.json');
}
