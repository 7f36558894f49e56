/**
 * Reading what a pack says of itself: its header, which proves nothing, and the sealed index at its
 * end (spec/backup-format.md §4.1, §4.4).
 */
import {
  decodePackIndex,
  PACK_HEADER_BYTES,
  PACK_INDEX_LENGTH_BYTES,
  type PackIndex,
  type PackRef,
  packContentBytes,
  packIndexOffset,
  parsePackHeader,
} from '@holdfast/core/backup-format';
import { asDamage } from '../damage.ts';
import type { Backup } from './backup.ts';
import type { BlobReader } from './blob-reader.ts';
import { packName } from './object-names.ts';

/** What the header of a pack in the store claims; null when it is no pack. */
export async function readPackRef(
  backup: Backup,
  name: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<PackRef | null> {
  const range = { offset: 0, lengthBytes: PACK_HEADER_BYTES };
  try {
    const header = await backup.store.get(packName(name), { range, signal });
    return header === null ? null : { name, ...parsePackHeader(header) };
  } catch (error) {
    asDamage(error);
    return null;
  }
}

/** The index at a pack's end; null when it does not open. */
export async function readPackIndex(reader: BlobReader, pack: PackRef): Promise<PackIndex | null> {
  const end = packContentBytes(pack.k) - PACK_INDEX_LENGTH_BYTES;
  try {
    const last = await reader.readContent({
      pack,
      contentOffset: end,
      lengthBytes: PACK_INDEX_LENGTH_BYTES,
    });
    const contentOffset = packIndexOffset(last, pack.k);
    const bytes = await reader.readContent({
      pack,
      contentOffset,
      lengthBytes: end - contentOffset,
    });
    return decodePackIndex(bytes, pack.k);
  } catch (error) {
    asDamage(error);
    return null;
  }
}
