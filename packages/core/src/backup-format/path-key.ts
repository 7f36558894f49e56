/**
 * Paths as table keys (spec/backup-format.md §7.1): the names from the source's base name down,
 * joined by zero bytes, so that a folder is followed by all that is in it.
 *
 * Names are bytes as the file system gave them. A name that could lead a restore out of its
 * target is refused here, once for all readers.
 */
import { concatBytes } from '../bytes/index.ts';
import { HoldfastError } from '../errors/index.ts';
import { KEY_MAX_BYTES } from './limits.ts';

const SEPARATOR = new Uint8Array([0]);
const SLASH = 0x2f;
const DOT = 0x2e;

/** @throws {HoldfastError} `limit-exceeded` when the path is longer than the format allows. */
export function encodePathKey(names: readonly Uint8Array[]): Uint8Array {
  const parts = names.flatMap((name, i) => (i === 0 ? [name] : [SEPARATOR, name]));
  const key = concatBytes(...parts);
  if (key.length > KEY_MAX_BYTES) {
    throw new HoldfastError('limit-exceeded', 'Cannot store a path: it is longer than 32 KiB');
  }
  return key;
}

/** @throws {HoldfastError} `damaged` when a name is empty, `.`, `..` or holds a slash. */
export function decodePathKey(key: Uint8Array): readonly Uint8Array[] {
  const names: Uint8Array[] = [];
  let from = 0;
  for (let i = 0; i <= key.length; i++) {
    if (i === key.length || key[i] === 0) {
      names.push(key.subarray(from, i));
      from = i + 1;
    }
  }
  if (!names.every(isSafeName)) {
    throw new HoldfastError('damaged', 'Cannot read a path: a name in it is not allowed');
  }
  return names;
}

/** Whether a name is one step down and no other: not empty, not `.` or `..`, no slash, no zero. */
export function isSafeName(name: Uint8Array): boolean {
  if (name.length === 0 || name.includes(SLASH) || name.includes(0)) return false;
  const dots = name.every((byte) => byte === DOT);
  return !(dots && name.length <= 2);
}

/** Whether `key` is the path `ancestor` itself or lies below it. */
export function isWithin(key: Uint8Array, ancestor: Uint8Array): boolean {
  if (key.length < ancestor.length) return false;
  for (let i = 0; i < ancestor.length; i++) if (key[i] !== ancestor[i]) return false;
  return key.length === ancestor.length || key[ancestor.length] === 0;
}
