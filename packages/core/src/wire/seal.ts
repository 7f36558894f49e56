/**
 * Fresh keys for one seal, and small objects sealed as one piece (spec/backup-format.md §2.3).
 *
 * AES-GCM does not commit to its key, so each seal derives a commitment beside its key, and a
 * reader compares that before it decrypts anything.
 */
import { concatBytes, equalBytes } from '../bytes/index.ts';
import { type CryptoPort, TAG_BYTES } from '../crypto/index.ts';
import { COMMITMENT_BYTES, KEY_BYTES, SALT_BYTES } from './sizes.ts';

/** What one object is sealed under. */
export interface SealKeys {
  /** AES-256-GCM key, 32 bytes, of this object alone. */
  readonly key: Uint8Array;
  /** 32 bytes; stands in the object's header. */
  readonly commitment: Uint8Array;
}

const LABELS = new Map<string, Uint8Array>();

/** HKDF label `holdfast/v1/<purpose>`, as bytes: the same array each time, which nobody writes to. */
export function label(purpose: string): Uint8Array {
  const known = LABELS.get(purpose);
  if (known !== undefined) return known;
  const bytes = new TextEncoder().encode(`holdfast/v1/${purpose}`);
  LABELS.set(purpose, bytes);
  return bytes;
}

/**
 * @param key Long-lived key, 32 bytes.
 * @param salt Fresh for this seal, 32 bytes.
 */
export async function deriveSealKeys(
  crypto: CryptoPort,
  key: Uint8Array,
  salt: Uint8Array,
  purpose: string,
): Promise<SealKeys> {
  const derived = await crypto.hkdfSha256(key, salt, label(purpose), KEY_BYTES + COMMITMENT_BYTES);
  return { key: derived.subarray(0, KEY_BYTES), commitment: derived.subarray(KEY_BYTES) };
}

/** Nonce of frame `counter` inside one object: 8 zero bytes, then the counter as 32 bits. */
export function counterNonce(counter: number): Uint8Array {
  const nonce = new Uint8Array(12);
  // A DataView would cost the array its place on the heap.
  for (let i = 0; i < 4; i++) nonce[8 + i] = counter >>> (24 - 8 * i);
  return nonce;
}

/** Of a sealed box, which is one frame: its key is used once. */
const BOX_NONCE = counterNonce(0);

/** Bytes that a sealed box adds to its plaintext: salt, commitment and tag. */
export const BOX_OVERHEAD_BYTES = SALT_BYTES + COMMITMENT_BYTES + TAG_BYTES;

/**
 * `salt ‖ commitment ‖ AES-256-GCM(plaintext)`, with `context ‖ salt ‖ commitment` as associated
 * data.
 *
 * @param context Every public byte that must not be exchanged for another.
 */
export async function sealBox(
  crypto: CryptoPort,
  key: Uint8Array,
  purpose: string,
  context: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const salt = crypto.randomBytes(SALT_BYTES);
  const keys = await deriveSealKeys(crypto, key, salt, purpose);
  const box = new Uint8Array(plaintext.length + BOX_OVERHEAD_BYTES);
  box.set(salt);
  box.set(keys.commitment, SALT_BYTES);
  const room = box.subarray(SALT_BYTES + COMMITMENT_BYTES);
  room.set(plaintext);
  const associatedData = concatBytes(context, salt, keys.commitment);
  await crypto.sealInPlace(keys.key, BOX_NONCE, associatedData, room);
  keys.key.fill(0);
  return box;
}

/** @returns The plaintext, or null when key, context or bytes are not the sealed ones. */
export async function openBox(
  crypto: CryptoPort,
  key: Uint8Array,
  purpose: string,
  context: Uint8Array,
  box: Uint8Array,
): Promise<Uint8Array | null> {
  if (box.length < BOX_OVERHEAD_BYTES) return null;
  const salt = box.subarray(0, SALT_BYTES);
  const commitment = box.subarray(SALT_BYTES, SALT_BYTES + COMMITMENT_BYTES);
  const keys = await deriveSealKeys(crypto, key, salt, purpose);
  if (!equalBytes(keys.commitment, commitment)) {
    keys.key.fill(0);
    return null;
  }
  const sealed = box.subarray(SALT_BYTES + COMMITMENT_BYTES);
  const associatedData = concatBytes(context, salt, commitment);
  const opened = await crypto.open(keys.key, BOX_NONCE, associatedData, sealed);
  keys.key.fill(0);
  return opened;
}
