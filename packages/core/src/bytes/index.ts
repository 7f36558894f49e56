export { ByteReader } from './byte-reader.ts';
export { ByteWriter, VARINT_MAX_BYTES } from './byte-writer.ts';
export { compareBytes, concatBytes, equalBytes } from './compare.ts';
export { fromHex, toHex } from './hex.ts';
export { releaseBytes } from './release.ts';
