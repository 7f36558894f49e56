/**
 * Sealing and opening packs (spec/backup-format.md §4.1).
 *
 *     offset  bytes
 *          0      8  "HFPACK" 00 01            magic and format version
 *          8      4  epoch                     u32
 *         12      1  k                         length of the object = 256 KiB × 2^k
 *         13      3  00 00 00
 *         16     32  salt
 *         48     32  commitment
 *         80      …  frames, see pack-layout.ts
 *
 * A reader builds the header from the index's entry and so never trusts the stored one: a pack
 * that stands under another's name does not open.
 */
import { concatBytes, equalBytes, releaseBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import {
  assertObjectMagic,
  counterNonce,
  deriveSealKeys,
  objectMagic,
  SALT_BYTES,
  type SealKeys,
} from '../wire/index.ts';
import type { Keyring } from './keyring.ts';
import { FRAME_BYTES, PACK_MAX_K } from './limits.ts';
import { framePlace, PACK_HEADER_BYTES, packBytes, packFrames } from './pack-layout.ts';

const MAGIC = objectMagic('PACK');

/** Everything a reader has to know of a pack before it asks the store. */
export interface PackRef {
  /** SHA-256 of the object, and so its name; 32 bytes. */
  readonly name: Uint8Array;
  /** 32 bytes. */
  readonly salt: Uint8Array;
  readonly epoch: number;
  /** Length of the object = 256 KiB × 2^k. */
  readonly k: number;
}

/** Keys and header of one pack; lets any of its frames be sealed or opened alone. */
export interface PackKeys extends SealKeys {
  readonly header: Uint8Array;
}

export async function derivePackKeys(
  crypto: CryptoPort,
  keyring: Keyring,
  pack: Pick<PackRef, 'salt' | 'epoch' | 'k'>,
): Promise<PackKeys> {
  const keys = await deriveSealKeys(crypto, keyring.epochKey(pack.epoch), pack.salt, 'pack');
  const fields = new Uint8Array(8);
  new DataView(fields.buffer).setUint32(0, pack.epoch);
  fields[4] = pack.k;
  return { ...keys, header: concatBytes(MAGIC, fields, pack.salt, keys.commitment) };
}

/**
 * Seals a pack in place.
 *
 * @param object The whole object, `packBytes(k)` long, with the content at the places that
 *   `forEachStretch` gives.
 */
export async function sealPack(
  crypto: CryptoPort,
  keyring: Keyring,
  k: number,
  object: Uint8Array,
): Promise<PackRef> {
  if (object.length !== packBytes(k)) {
    throw new RangeError(`"object" must be ${packBytes(k)} bytes: got ${object.length}`);
  }
  const salt = crypto.randomBytes(SALT_BYTES);
  const epoch = keyring.newestEpoch;
  const keys = await derivePackKeys(crypto, keyring, { salt, epoch, k });
  object.set(keys.header);
  for (let frame = 0; frame < packFrames(k); frame++) {
    const { objectOffset, sealedBytes } = framePlace(frame);
    const room = object.subarray(objectOffset, objectOffset + sealedBytes);
    await crypto.sealInPlace(keys.key, counterNonce(frame), keys.header, room);
  }
  keys.key.fill(0);
  return { name: await crypto.sha256(object), salt, epoch, k };
}

/**
 * Opens one frame.
 *
 * @param stored The 64 KiB that hold it, with the header when it is the first.
 * @returns Its content, in memory of its own.
 * @throws {HoldfastError} `damaged` when the frame is not what was sealed.
 */
export async function openFrame(
  crypto: CryptoPort,
  keys: PackKeys,
  frame: number,
  stored: Uint8Array,
): Promise<Uint8Array> {
  if (stored.length !== FRAME_BYTES) throw doesNotOpen();
  const headerBytes = FRAME_BYTES - framePlace(frame).sealedBytes;
  if (headerBytes > 0 && !equalBytes(stored.subarray(0, headerBytes), keys.header)) {
    throw doesNotOpen();
  }
  const sealed = stored.subarray(headerBytes);
  const content = await crypto.open(keys.key, counterNonce(frame), keys.header, sealed);
  if (content === null) throw doesNotOpen();
  return content;
}

/**
 * Opens neighbouring frames, and puts the content of each where its ciphertext was.
 *
 * @param bytes The stored bytes from multiple `firstFrame` of 64 KiB on, a multiple of 64 KiB long.
 * @throws {HoldfastError} `damaged` when a frame is not what was sealed.
 */
export async function openFrames(
  crypto: CryptoPort,
  keys: PackKeys,
  firstFrame: number,
  bytes: Uint8Array,
): Promise<void> {
  if (bytes.length % FRAME_BYTES !== 0) throw doesNotOpen();
  for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
    const stored = bytes.subarray(at, at + FRAME_BYTES);
    const frame = firstFrame + at / FRAME_BYTES;
    const content = await openFrame(crypto, keys, frame, stored);
    stored.set(content, FRAME_BYTES - framePlace(frame).sealedBytes);
    releaseBytes(content);
  }
}

/**
 * Reads what a stored header claims, for tools that have no index yet. Proves nothing: the frames
 * must open under it.
 *
 * @throws {HoldfastError} `damaged`, or `format-too-new`.
 */
export function parsePackHeader(header: Uint8Array): Omit<PackRef, 'name'> {
  assertObjectMagic(header, MAGIC, 'pack');
  const k = header[12] as number;
  const zeros = header[13] === 0 && header[14] === 0 && header[15] === 0;
  if (header.length < PACK_HEADER_BYTES || k > PACK_MAX_K || !zeros) {
    throw new HoldfastError('damaged', 'Cannot read a pack: its header makes no sense');
  }
  const epoch = new DataView(header.buffer, header.byteOffset).getUint32(8);
  return { epoch, k, salt: new Uint8Array(header.subarray(16, 48)) };
}

function doesNotOpen(): HoldfastError {
  return new HoldfastError('damaged', 'Cannot open a pack: it is damaged');
}
