/**
 * Heads: the signed, numbered chain that says which state of a backup is the newest (spec/head.md).
 *
 *     offset  bytes
 *          0      8  "HFHEAD" 00 01
 *          8     32  backup id
 *         40      4  generation, u32: how often the root key was rotated
 *         44      8  number, u64, from 1
 *         52     32  SHA-256 of head number − 1, or zeros
 *         84     32  SHA-256 of the keyring object, and so its name
 *        116      4  epoch of the sealed part, u32
 *        120   3912  sealed box: the state; its associated data begins with the 120 bytes above
 *       4032     64  Ed25519 signature by the head key over "holdfast/v1/head" and all bytes before
 *
 * The first 120 bytes are public, so that a provider or a vault can follow the chain; who can't
 * open the box learns nothing else.
 */
import { ByteReader, ByteWriter, concatBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import type { Secret } from '../secret/index.ts';
import {
  assertObjectMagic,
  HASH_BYTES,
  label,
  MAGIC_BYTES,
  objectMagic,
  SIGNATURE_BYTES,
} from '../wire/index.ts';

const MAGIC = objectMagic('HEAD');

/** Every head object has this length. */
export const HEAD_BYTES = 4096;
const SIGNED_BYTES = HEAD_BYTES - SIGNATURE_BYTES;

/** Length of the public part. */
export const HEAD_PUBLIC_BYTES = 120;
/** Length of the sealed box inside a head. */
export const HEAD_BOX_BYTES = SIGNED_BYTES - HEAD_PUBLIC_BYTES;

/** What anybody can read in a head. */
export interface HeadLink {
  readonly backupId: Uint8Array;
  readonly generation: number;
  readonly number: number;
  readonly previousHash: Uint8Array;
  readonly keyringHash: Uint8Array;
  readonly epoch: number;
}

export interface SignedHead extends HeadLink {
  /** The sealed box, 3,912 bytes. */
  readonly box: Uint8Array;
}

/** The greatest number: names of heads have 12 digits. */
export const HEAD_NUMBER_MAX = 999_999_999_999;

/** The public part, 120 bytes; also what the sealed part is bound to. */
export function encodeHeadLink(link: HeadLink): Uint8Array {
  const writer = new ByteWriter(HEAD_PUBLIC_BYTES).raw(MAGIC).raw(link.backupId);
  writer.u32(link.generation).u64(BigInt(link.number)).raw(link.previousHash);
  return writer.raw(link.keyringHash).u32(link.epoch).finish();
}

/**
 * The head object, 4,096 bytes.
 *
 * @param box Exactly `HEAD_BOX_BYTES` long.
 * @throws {HoldfastError} `limit-exceeded` when all numbers are used up.
 */
export async function signHead(
  crypto: CryptoPort,
  headSeed: Secret,
  head: SignedHead,
): Promise<Uint8Array> {
  if (head.box.length !== HEAD_BOX_BYTES) {
    throw new RangeError(`"box" must be ${HEAD_BOX_BYTES} bytes: got ${head.box.length}`);
  }
  if (head.number > HEAD_NUMBER_MAX) {
    throw new HoldfastError(
      'limit-exceeded',
      'Cannot write a head: there is no number left for it',
    );
  }
  const signed = concatBytes(encodeHeadLink(head), head.box);
  const signature = await crypto.ed25519Sign(headSeed.bytes(), concatBytes(label('head'), signed));
  return concatBytes(signed, signature);
}

/**
 * Reads a head without checking its signature.
 *
 * @throws {HoldfastError} `damaged`, or `format-too-new`.
 */
export function parseHead(object: Uint8Array): SignedHead {
  assertObjectMagic(object, MAGIC, 'head');
  if (object.length !== HEAD_BYTES) {
    throw new HoldfastError('damaged', 'Cannot read a head: its length is wrong');
  }
  const reader = new ByteReader(object.subarray(MAGIC_BYTES, SIGNED_BYTES), 'head');
  const backupId = reader.raw(HASH_BYTES).slice();
  const generation = reader.u32();
  const number = Number(reader.u64());
  if (number === 0 || number > HEAD_NUMBER_MAX) throw reader.damaged('its number is impossible');
  const previousHash = reader.raw(HASH_BYTES).slice();
  const keyringHash = reader.raw(HASH_BYTES).slice();
  const epoch = reader.u32();
  const box = reader.raw(HEAD_BOX_BYTES).slice();
  return { backupId, generation, number, previousHash, keyringHash, epoch, box };
}

/** Whether the head key signed these bytes. */
export async function verifyHead(
  crypto: CryptoPort,
  headPublicKey: Uint8Array,
  object: Uint8Array,
): Promise<boolean> {
  if (object.length !== HEAD_BYTES) return false;
  const message = concatBytes(label('head'), object.subarray(0, SIGNED_BYTES));
  return await crypto.ed25519Verify(headPublicKey, message, object.subarray(SIGNED_BYTES));
}
