/**
 * The first 8 bytes of every kind of object: `HF`, four letters, a zero byte, the format version
 * (spec/backup-format.md §2.4).
 */
import { equalBytes } from '../bytes/index.ts';
import { HoldfastError } from '../errors/index.ts';
import { FORMAT_VERSION } from './sizes.ts';

export const MAGIC_BYTES = 8;

/** @param letters Four capital letters. */
export function objectMagic(letters: string): Uint8Array {
  return new TextEncoder().encode(`HF${letters}\0${String.fromCharCode(FORMAT_VERSION)}`);
}

/**
 * @param what Names the object in errors, such as `pack`.
 * @throws {HoldfastError} `damaged`, or `format-too-new` when only the version differs.
 */
export function assertObjectMagic(object: Uint8Array, magic: Uint8Array, what: string): void {
  const version = MAGIC_BYTES - 1;
  const found = object.subarray(0, version);
  if (object.length < MAGIC_BYTES || !equalBytes(found, magic.subarray(0, version))) {
    throw new HoldfastError('damaged', `Cannot open a ${what}: it does not begin as one`);
  }
  if ((object[version] as number) > FORMAT_VERSION) {
    throw new HoldfastError('format-too-new', `Cannot open a ${what}: a newer version wrote it`);
  }
  if (object[version] !== FORMAT_VERSION) {
    throw new HoldfastError('damaged', `Cannot open a ${what}: its version is impossible`);
  }
}
