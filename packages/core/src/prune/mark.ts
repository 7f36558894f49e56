/**
 * Marks: sealed lists of packs that prune wants to delete (spec/prune.md §2).
 *
 *     offset  bytes
 *          0       8  "HFMARK" 00 01
 *          8       4  epoch, u32
 *         12       4  zeros
 *         16  262128  sealed box; its associated data begins with the 16 bytes above and the
 *                     backup id
 *
 * In the box:
 *
 *     varint  time in milliseconds since 1970, by the clock of the device that marked
 *     varint  0 for a mark; for an order to delete, the number of the head that puts it in force
 *     varint  packs, 1 to 8,000; each 32 bytes of name
 *     zeros up to the box's length
 */
import type { Keyring } from '../backup-format/index.ts';
import { ByteReader, ByteWriter, concatBytes, fromHex, toHex } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import {
  assertObjectMagic,
  BOX_OVERHEAD_BYTES,
  HASH_BYTES,
  MAGIC_BYTES,
  objectMagic,
  openBox,
  sealBox,
} from '../wire/index.ts';

const MAGIC = objectMagic('MARK');
const HEADER_BYTES = 16;

/** Every mark object has this length. */
export const MARK_BYTES = 256 * 1024;
/** Packs that one mark can name. */
export const MARK_PACKS_MAX = 8000;

const PLAIN_BYTES = MARK_BYTES - HEADER_BYTES - BOX_OVERHEAD_BYTES;

export interface MarkList {
  /** When the packs were found to be dead, in milliseconds since 1970. */
  readonly atMs: number;
  /** 0, or the number of the head that makes this an order to delete. */
  readonly fence: number;
  /** Names of packs, 64 hex digits each. */
  readonly packs: readonly string[];
}

export interface MarkKeys {
  readonly crypto: CryptoPort;
  readonly keyring: Keyring;
  /** 32 bytes. */
  readonly backupId: Uint8Array;
}

/** The mark object, 256 KiB. @throws {RangeError} when there are more packs than a mark holds. */
export async function sealMark(keys: MarkKeys, mark: MarkList): Promise<Uint8Array> {
  const { crypto, keyring, backupId } = keys;
  if (mark.packs.length === 0 || mark.packs.length > MARK_PACKS_MAX) {
    throw new RangeError(`"packs" must be 1 to ${MARK_PACKS_MAX}: got ${mark.packs.length}`);
  }
  const writer = new ByteWriter(PLAIN_BYTES).varint(mark.atMs).varint(mark.fence);
  writer.varint(mark.packs.length);
  for (const pack of mark.packs) writer.raw(fromHex(pack));
  const plain = new Uint8Array(PLAIN_BYTES);
  plain.set(writer.finish());
  const epoch = keyring.newestEpoch;
  const header = concatBytes(MAGIC, new ByteWriter().u32(epoch).u32(0).finish());
  const context = concatBytes(header, backupId);
  const box = await sealBox(crypto, keyring.epochKey(epoch), 'mark', context, plain);
  return concatBytes(header, box);
}

/** @throws {HoldfastError} `damaged`, or `format-too-new`. */
export async function openMark(keys: MarkKeys, object: Uint8Array): Promise<MarkList> {
  const { crypto, keyring, backupId } = keys;
  assertObjectMagic(object, MAGIC, 'mark');
  if (object.length !== MARK_BYTES) {
    throw new HoldfastError('damaged', 'Cannot open a mark: its length is wrong');
  }
  const header = object.subarray(0, HEADER_BYTES);
  const fields = new ByteReader(header.subarray(MAGIC_BYTES), 'mark');
  const epochKey = keyring.epochKey(fields.u32());
  fields.zeros();
  const context = concatBytes(header, backupId);
  const plain = await openBox(crypto, epochKey, 'mark', context, object.subarray(HEADER_BYTES));
  if (plain === null) {
    throw new HoldfastError('damaged', 'Cannot open a mark: it is damaged');
  }
  const reader = new ByteReader(plain, 'mark');
  const atMs = reader.varint();
  const fence = reader.varint();
  const count = reader.varint(MARK_PACKS_MAX);
  if (count === 0) throw reader.damaged('it names no pack');
  const packs = Array.from({ length: count }, () => toHex(reader.raw(HASH_BYTES)));
  reader.zeros();
  return { atMs, fence, packs };
}
