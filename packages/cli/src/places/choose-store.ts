/** Which store a command works on: --store, else HOLDFAST_STORE, else the default, which is remembered. */
import { resolve } from 'node:path';
import type { Options } from '../arguments/options.ts';
import { refuseTilde } from '../arguments/refuse-tilde.ts';
import { usageError } from '../command-error.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { changeConfig, readConfig } from './config.ts';
import type { Folders } from './folders.ts';

const NAME_IT = 'Name it with --store, or start a backup with "holdfast init --store URL".';

/**
 * @param advice What to do when none is named anywhere.
 * @returns a store URL.
 * @throws {HoldfastError} `usage` when none is named anywhere.
 */
export async function chooseStore(
  options: Options,
  env: Terminal['env'],
  folders: Folders,
  advice = NAME_IT,
): Promise<string> {
  if (env.HOLDFAST_STORE) refuseTilde(env.HOLDFAST_STORE, 'HOLDFAST_STORE');
  const named = options.text('store') ?? (env.HOLDFAST_STORE || undefined);
  const store = named ?? (await readConfig(folders)).store;
  if (store !== undefined) return toStoreUrl(store);
  throw usageError('Cannot find the backup: no store is named', advice);
}

/**
 * Makes a store the default when there is none yet, or when that was asked for (--default).
 *
 * @returns URL of the default store.
 */
export async function rememberStore(
  storeUrl: string,
  options: Options,
  folders: Folders,
): Promise<string> {
  const { store } = await readConfig(folders);
  if (store !== undefined && !options.has('default')) return toStoreUrl(store);
  await changeConfig(folders, { store: storeUrl });
  return storeUrl;
}

/** The lines that end a command which brought a backup to this device. */
export function adviseNext(command: string, storeUrl: string, defaultUrl: string): string[] {
  if (storeUrl === defaultUrl) return [`Next: holdfast ${command}`];
  return [
    `Commands without --store go on using ${defaultUrl}`,
    `Next: holdfast ${command} --store ${shellWord(storeUrl)}`,
  ];
}

/** A bare path becomes `file:` and the absolute path; anything with a scheme stays as it is. */
export function toStoreUrl(store: string): string {
  if (/^file:/i.test(store) && !/^file:\/\//i.test(store)) return `file:${resolve(store.slice(5))}`;
  // With and without the slash at its end it is one provider, with one backup of this device.
  if (/^https?:/i.test(store)) return store.replace(/\/+$/, '');
  return /^[a-z][a-z0-9+.-]+:/i.test(store) ? store : `file:${resolve(store)}`;
}
