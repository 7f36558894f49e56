/** From a store URL to the store. */

import { access, constants, readdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '@holdfast/core/errors';
import { parseProviderOrigin } from '@holdfast/core/provider-api';
import { makeFolder } from '../platform/sync-folder.ts';
import { asFileError, type FileErrorMeaning, systemCode } from './_file-error.ts';
import { FileStore } from './file-store.ts';
import { ProviderStore } from './provider-store.ts';
import { RetryingStore } from './retrying-store.ts';
import type { Store } from './store.ts';

export interface OpenStoreOptions {
  /**
   * Makes the folder of a `file` store if it is not there, but none above it: where that is missing,
   * a disk is not plugged in.
   */
  readonly create?: boolean | undefined;
}

/** Far more often a disk that is not plugged in than a mistyped path. */
const NO_FOLDER: FileErrorMeaning = { code: 'store-unreachable', state: 'there is no such folder' };

const PROVIDER = /^https?:/i;

/** Two letters at least, so that `C:\backup` is a path. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/**
 * Opens a store.
 *
 * @param url A path, absolute or relative; `file:` and a path as it stands; a `file://` URL, whose
 *   special characters are percent-encoded; or the `https://` URL of a backup provider.
 * @throws {HoldfastError} `store-invalid` when the URL is of no known form, or leads to a file;
 *   `store-unreachable` when its folder is not there; `store-denied`, and `store-full` with `create`.
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<Store> {
  if (PROVIDER.test(url)) return new RetryingStore(new ProviderStore(url));
  const root = toFolder(url);
  if (options.create && !(await isFolder(root, root))) await makeRoot(root);
  if (await isFolder(root, root)) return new FileStore(root);
  throw new HoldfastError(NO_FOLDER.code, `Cannot open the store ${root}: ${NO_FOLDER.state}`);
}

/**
 * What stands where a store may be made, which is left as it is: nothing yet, an empty folder, one
 * that holds something, be it a backup or not, or a provider, where each backup has a place of its own.
 *
 * @throws {HoldfastError} as `openStore` with `create`, as far as can be told without trying.
 */
export async function lookAtPlace(
  url: string,
): Promise<'missing' | 'empty' | 'filled' | 'provider'> {
  if (PROVIDER.test(url)) {
    parseProviderOrigin(url);
    return 'provider';
  }
  const root = toFolder(url);
  const isThere = await isFolder(root, root);
  if (!isThere) await assertAbove(root);
  try {
    await access(isThere ? root : dirname(root), constants.W_OK);
    if (!isThere) return 'missing';
    return (await readdir(root)).length === 0 ? 'empty' : 'filled';
  } catch (error) {
    throw asFileError(error, `open the store ${root}`, { ifMissing: NO_FOLDER });
  }
}

async function makeRoot(root: string): Promise<void> {
  await assertAbove(root);
  try {
    await makeFolder(root);
  } catch (error) {
    throw asFileError(error, `open the store ${root}`, { ifMissing: NO_FOLDER });
  }
}

async function assertAbove(root: string): Promise<void> {
  const above = dirname(root);
  if (await isFolder(above, root)) return;
  const message = `Cannot open the store ${root}: there is no folder ${above}`;
  throw new HoldfastError('store-unreachable', message);
}

/** @returns false when nothing is there. @throws {HoldfastError} `store-invalid` for a file. */
async function isFolder(path: string, root: string): Promise<boolean> {
  const action = `open the store ${root}`;
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw asFileError(error, action);
  }
  throw new HoldfastError(
    'store-invalid',
    `Cannot ${action}: ${path === root ? 'it' : path} is not a folder`,
  );
}

/** @returns an absolute path. */
function toFolder(url: string): string {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'file') {
    throw new HoldfastError(
      'store-invalid',
      `Cannot open the store: "${scheme}:" is not supported, only a folder (file:/path or a path) and a provider (https://…)`,
    );
  }
  const path = scheme === undefined ? url : url.slice('file:'.length);
  if (path === '' || path.includes('\0')) {
    throw new HoldfastError('store-invalid', 'Cannot open the store: its URL names no folder');
  }
  return scheme !== undefined && path.startsWith('//') ? pathOfUrl(url) : resolve(path);
}

function pathOfUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && (parsed.search !== '' || parsed.hash !== '')) {
    throw new HoldfastError(
      'store-invalid',
      'Cannot open the store: in a file:// URL, ? and # are written %3F and %23',
    );
  }
  try {
    return resolve(fileURLToPath(parsed ?? url));
  } catch (error) {
    throw badFileUrl(error);
  }
}

function badFileUrl(cause: unknown): HoldfastError {
  return new HoldfastError(
    'store-invalid',
    'Cannot open the store: a file:// URL must be file:/// and an absolute path, percent-encoded',
    { cause },
  );
}
