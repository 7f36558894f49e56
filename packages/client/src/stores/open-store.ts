/** From a store URL to the store. */

import { stat } from 'node:fs/promises';
import { dirname, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '@holdfast/core/errors';
import { makeFolder } from '../platform/sync-folder.ts';
import { asFileError, type FileErrorMeaning, systemCode } from './_file-error.ts';
import { FileStore } from './file-store.ts';
import type { Store } from './store.ts';

export interface OpenStoreOptions {
  /** Makes the folder of a `file` store, and those above it, if it is not there. */
  readonly create?: boolean | undefined;
}

/** Far more often a disk that is not plugged in than a mistyped path. */
const NO_FOLDER: FileErrorMeaning = { code: 'store-unreachable', state: 'there is no such folder' };

/** Two letters at least, so that `C:\backup` is a path. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/**
 * Opens a store.
 *
 * @param url A path, absolute or relative; `file:` and a path as it stands; or a `file://` URL, whose
 *   special characters are percent-encoded.
 * @throws {HoldfastError} `store-invalid` when the URL is of no known form, or leads to a file;
 *   `store-unreachable` when its folder is not there; `store-denied`, and `store-full` with `create`.
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<Store> {
  const root = toFolder(url);
  const action = `open the store ${root}`;
  try {
    if (options.create) {
      await makeFolders(root);
    }
    if (!(await stat(root)).isDirectory()) {
      throw new HoldfastError('store-invalid', `Cannot ${action}: it is not a folder`);
    }
  } catch (error) {
    throw asFileError(error, action, { ifMissing: NO_FOLDER });
  }
  return new FileStore(root);
}

/** @returns an absolute path. */
function toFolder(url: string): string {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'file') {
    throw new HoldfastError(
      'store-invalid',
      `Cannot open the store: "${scheme}:" is not supported, only a folder (file:/path or a path)`,
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

/** Makes `folder` and those above it, each durable before the next. */
async function makeFolders(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = folder; at !== parse(at).root; at = dirname(at)) {
    const info = await stat(at).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') {
        return undefined;
      }
      throw error;
    });
    if (info !== undefined) {
      break;
    }
    missing.push(at);
  }
  for (const path of missing.reverse()) {
    await makeFolder(path);
  }
}
