/** Whether names are those of a content: a chunk's, or those of the pages in a group. */
import { type BlobKind, CHUNK_NAME_BYTES, PAGE_NAME_BYTES } from '@holdfast/core/backup-format';
import { nodeCrypto } from '@holdfast/core/crypto/node';

const PAGE_MIN_BYTES = 512;

/** @param names As a pack's own index lists them; a node has none. */
export function hasNames(
  chunkNameKey: Uint8Array,
  kind: BlobKind,
  plain: Uint8Array,
  names: Uint8Array,
): boolean {
  if (kind === 'node') return true;
  if (kind === 'chunk') {
    return isAt(names, 0, nodeCrypto.hmacSha256(chunkNameKey, plain), CHUNK_NAME_BYTES);
  }
  const pages = names.length / PAGE_NAME_BYTES;
  const pageBytes = plain.length / pages;
  if (!Number.isInteger(pageBytes) || pageBytes < PAGE_MIN_BYTES) return false;
  for (let page = 0; page < pages; page++) {
    const content = plain.subarray(page * pageBytes, (page + 1) * pageBytes);
    const name = nodeCrypto.hmacSha256(chunkNameKey, content);
    if (!isAt(names, page * PAGE_NAME_BYTES, name, PAGE_NAME_BYTES)) return false;
  }
  return true;
}

function isAt(names: Uint8Array, from: number, name: Uint8Array, lengthBytes: number): boolean {
  for (let i = 0; i < lengthBytes; i++) if (names[from + i] !== name[i]) return false;
  return true;
}
