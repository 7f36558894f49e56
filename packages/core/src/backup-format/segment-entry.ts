/**
 * Entries of the index (spec/backup-format.md §7.4): which pack holds which part of a stream.
 */
import { ByteReader, ByteWriter, concatBytes } from '../bytes/index.ts';
import { HASH_BYTES, SALT_BYTES } from '../wire/index.ts';
import { PACK_MAX_K, STREAM_ID_BYTES } from './limits.ts';
import type { PackRef } from './pack.ts';
import { packContentBytes } from './pack-layout.ts';

/** A part of a stream, and where it lies. */
export interface Segment {
  /** 16 bytes. */
  readonly stream: Uint8Array;
  /** First byte inside the stream. */
  readonly start: number;
  readonly lengthBytes: number;
  readonly pack: PackRef;
  /** Where the part begins in the pack's content. */
  readonly contentOffset: number;
}

/** `16 bytes stream; u64 start` */
export function segmentKey(stream: Uint8Array, start: number): Uint8Array {
  return concatBytes(stream, new ByteWriter(8).u64(BigInt(start)).finish());
}

/** `varint length; varint content offset; pack reference` */
export function encodeSegmentValue(segment: Segment): Uint8Array {
  const writer = new ByteWriter(96).varint(segment.lengthBytes).varint(segment.contentOffset);
  encodePackRef(writer, segment.pack);
  return writer.finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeSegment(key: Uint8Array, value: Uint8Array): Segment {
  const keyReader = new ByteReader(key, 'index entry');
  const stream = keyReader.raw(STREAM_ID_BYTES);
  const start = Number(keyReader.u64());
  keyReader.end();
  const reader = new ByteReader(value, 'index entry');
  const lengthBytes = reader.varint();
  const contentOffset = reader.varint();
  const pack = decodePackRef(reader);
  reader.end();
  const segment = { stream, start, lengthBytes, pack, contentOffset };
  assertSegment(reader, segment);
  return segment;
}

/** @throws {HoldfastError} `damaged` when a segment can't lie where it says. */
export function assertSegment(reader: ByteReader, segment: Segment): void {
  const { start, lengthBytes, contentOffset, pack } = segment;
  const fits = contentOffset + lengthBytes <= packContentBytes(pack.k);
  if (lengthBytes === 0 || !fits || !Number.isSafeInteger(start + lengthBytes)) {
    throw reader.damaged('a segment does not fit its pack');
  }
}

/** `32 bytes name; 32 bytes salt; u32 epoch; u8 k` */
export function encodePackRef(writer: ByteWriter, pack: PackRef): void {
  writer.raw(pack.name).raw(pack.salt).u32(pack.epoch).u8(pack.k);
}

/** @throws {HoldfastError} `damaged`. */
export function decodePackRef(reader: ByteReader): PackRef {
  const name = reader.raw(HASH_BYTES).slice();
  const salt = reader.raw(SALT_BYTES).slice();
  const epoch = reader.u32();
  const k = reader.u8();
  if (k > PACK_MAX_K) throw reader.damaged('a pack has an impossible length');
  return { name, salt, epoch, k };
}
