/**
 * The listing of a file store, in order of name, one folder of names in memory at a time.
 *
 * What is not an object is passed over: temporaries, names no object can have (such as
 * `.DS_Store`), and symbolic links where objects belong.
 */

import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNothingThere } from './_file-error.ts';
import { isObjectName } from './object-name.ts';
import type { ObjectInfo } from './store.ts';

/** Files asked for their length at once. */
const STATS_AT_ONCE = 32;
/** Parts of an object name: what lies deeper is no object. */
const MAX_PARTS = 4;

/** An entry of a folder, under the key that puts it where its objects belong in the listing. */
interface Entry {
  /** The name from the root on; folders end in `/`, which sorts `a-b/…` before `a/…`. */
  readonly key: string;
  readonly isFolder: boolean;
}

/** Every object below `root` whose name begins with `prefix`. Nothing where there is no folder. */
export async function* walkObjects(root: string, prefix: string): AsyncGenerator<ObjectInfo> {
  yield* walkFolder(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix);
}

async function* walkFolder(
  root: string,
  folder: string,
  prefix: string,
): AsyncGenerator<ObjectInfo> {
  const entries = await readEntries(root, folder, prefix);
  for (let at = 0; at < entries.length; ) {
    const entry = entries[at] as Entry;
    if (entry.isFolder) {
      yield* walkFolder(root, entry.key, prefix);
      at++;
      continue;
    }
    const batch: string[] = [];
    for (; at < entries.length && batch.length < STATS_AT_ONCE; at++) {
      const next = entries[at] as Entry;
      if (next.isFolder) {
        break;
      }
      batch.push(next.key);
    }
    const infos = await Promise.all(batch.map((name) => readObjectInfo(root, name)));
    yield* infos.filter((info) => info !== null);
  }
}

async function readEntries(root: string, folder: string, prefix: string): Promise<Entry[]> {
  const dirents = await readdir(join(root, folder), { withFileTypes: true }).catch(
    (error: unknown) => {
      if (isNothingThere(error)) {
        return [];
      }
      throw error;
    },
  );
  const entries: Entry[] = [];
  for (const dirent of dirents) {
    const name = folder + dirent.name;
    if (await isFolderIn(root, name, dirent)) {
      const key = `${name}/`;
      // Whatever stands for the rest of an object name tells whether the folder can hold objects.
      const canHold = isObjectName(`${key}x`) && folder.split('/').length < MAX_PARTS;
      if (canHold && (key.startsWith(prefix) || prefix.startsWith(key))) {
        entries.push({ key, isFolder: true });
      }
    } else if (dirent.isFile() && name.startsWith(prefix) && isObjectName(name)) {
      entries.push({ key: name, isFolder: false });
    }
  }
  return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Folders may be symbolic links (to another disk, say), since reading and writing follow them. */
async function isFolderIn(root: string, name: string, dirent: Dirent): Promise<boolean> {
  if (!dirent.isSymbolicLink()) {
    return dirent.isDirectory();
  }
  const target = await stat(join(root, name)).catch(() => undefined);
  return target?.isDirectory() ?? false;
}

async function readObjectInfo(root: string, name: string): Promise<ObjectInfo | null> {
  try {
    const info = await lstat(join(root, name));
    return { name, lengthBytes: info.size, writtenAtMs: Math.floor(info.mtimeMs) };
  } catch (error) {
    if (isNothingThere(error)) {
      return null;
    }
    throw error;
  }
}
