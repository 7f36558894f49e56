/**
 * The certificate of a rotation, which puts another root key in the place of one (spec/rotation.md §3.2).
 *
 *     offset  bytes
 *          0      8  "HFROTA" 00 01
 *          8     32  backup id
 *         40      4  generation from then on, u32, 1 to 31
 *         44     32  owner public key before
 *         76     32  owner public key from then on
 *        108     32  head public key from then on
 *        140      8  number of the first head of the generation, u64
 *        148     32  SHA-256 of that head
 *        180     32  SHA-256 of the password record that is carried over; zeros for none
 *        212    112  the bridge, by which its password opens the next root key (bridge.ts); or zeros
 *        324     64  Ed25519 by the owner key before, over "holdfast/v1/rotate" and bytes 0 … 323
 *        388     64  Ed25519 by the owner key from then on, over "holdfast/v1/rotated" and the same
 *        452     64  Ed25519 by that record's proof key, over "holdfast/v1/rotate-proof" and bytes 0 … 451; or zeros
 */
import { ByteReader, ByteWriter, concatBytes, equalBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import { HEAD_NUMBER_MAX } from '../head/index.ts';
import type { Secret } from '../secret/index.ts';
import {
  assertObjectMagic,
  ED25519_KEY_BYTES,
  HASH_BYTES,
  label,
  MAGIC_BYTES,
  objectMagic,
  SIGNATURE_BYTES,
} from '../wire/index.ts';
import { BRIDGE_BYTES, type Bridge } from './bridge.ts';

const MAGIC = objectMagic('ROTA');
const SIGNED_BYTES = 180 + HASH_BYTES + BRIDGE_BYTES;
const PROVED_BYTES = SIGNED_BYTES + 2 * SIGNATURE_BYTES;
const PURPOSES = { before: 'rotate', after: 'rotated' } as const;

/** Times that the root key of a backup can be changed: as many as its keyring has room for. */
export const GENERATION_MAX = 31;
/** Every certificate has this length. */
export const ROTATION_BYTES = PROVED_BYTES + SIGNATURE_BYTES;

export interface Rotation {
  readonly backupId: Uint8Array;
  /** How often the root key was changed, this time included. */
  readonly generation: number;
  readonly ownerBefore: Uint8Array;
  readonly ownerAfter: Uint8Array;
  readonly headKeyAfter: Uint8Array;
  /** Of the new generation. */
  readonly firstHead: { readonly number: number; readonly hash: Uint8Array };
  /** For the password that goes on working; null when none is carried over. */
  readonly bridge: Bridge | null;
}

/** With its certificate. */
export interface SignedRotation extends Rotation {
  readonly object: Uint8Array;
}

/** Ed25519 seeds of both owner keys, and of the carried record's proof key; that is null exactly without a bridge. */
export interface RotationSeeds {
  readonly before: Secret;
  readonly after: Secret;
  readonly proof: Secret | null;
}

export async function signRotation(
  crypto: CryptoPort,
  rotation: Rotation,
  seeds: RotationSeeds,
): Promise<Uint8Array> {
  const { bridge } = rotation;
  if ((bridge === null) !== (seeds.proof === null)) {
    throw new TypeError('"proof" must be given exactly when there is a bridge');
  }
  const signed = new ByteWriter(SIGNED_BYTES)
    .raw(MAGIC)
    .raw(rotation.backupId)
    .u32(rotation.generation)
    .raw(rotation.ownerBefore)
    .raw(rotation.ownerAfter)
    .raw(rotation.headKeyAfter)
    .u64(BigInt(rotation.firstHead.number))
    .raw(rotation.firstHead.hash)
    .raw(bridge?.recordHash ?? new Uint8Array(HASH_BYTES))
    .raw(bridge?.box ?? new Uint8Array(BRIDGE_BYTES))
    .finish();
  const signatures: Uint8Array[] = [];
  for (const who of ['before', 'after'] as const) {
    const message = concatBytes(label(PURPOSES[who]), signed);
    signatures.push(await crypto.ed25519Sign(seeds[who].bytes(), message));
  }
  const proved = concatBytes(signed, ...signatures);
  const proof =
    seeds.proof === null
      ? new Uint8Array(SIGNATURE_BYTES)
      : await crypto.ed25519Sign(seeds.proof.bytes(), proofMessage(proved));
  return concatBytes(proved, proof);
}

/**
 * A certificate that both owner keys in it signed. Whether they are those expected is asked apart, and so is
 * whether the proof fits, since its key is known only where the record is.
 *
 * @throws {HoldfastError} `damaged`, or `format-too-new`.
 */
export async function parseRotation(crypto: CryptoPort, object: Uint8Array): Promise<Rotation> {
  assertObjectMagic(object, MAGIC, 'certificate of a rotation');
  const refuse = (state: string): HoldfastError =>
    new HoldfastError('damaged', `Cannot read the certificate of a rotation: ${state}`);
  if (object.length !== ROTATION_BYTES) throw refuse('its length is wrong');
  const reader = new ByteReader(object.subarray(MAGIC_BYTES, SIGNED_BYTES), 'certificate');
  const backupId = reader.raw(HASH_BYTES).slice();
  const generation = reader.u32();
  const ownerBefore = reader.raw(ED25519_KEY_BYTES).slice();
  const ownerAfter = reader.raw(ED25519_KEY_BYTES).slice();
  const headKeyAfter = reader.raw(ED25519_KEY_BYTES).slice();
  const number = Number(reader.u64());
  const hash = reader.raw(HASH_BYTES).slice();
  const recordHash = reader.raw(HASH_BYTES).slice();
  const box = reader.raw(BRIDGE_BYTES).slice();
  if (number === 0 || number > HEAD_NUMBER_MAX) throw refuse('its number of a head is impossible');
  const isPossible = generation >= 1 && generation <= GENERATION_MAX;
  if (!isPossible) throw refuse('its generation is impossible');
  if (equalBytes(ownerBefore, ownerAfter)) throw refuse('it changes nothing');
  const hasBridge = !isZero(recordHash);
  if (!hasBridge && !(isZero(box) && isZero(object.subarray(PROVED_BYTES)))) {
    throw refuse('it has a bridge from no password');
  }
  const keys = { before: ownerBefore, after: ownerAfter } as const;
  for (const [i, who] of (['before', 'after'] as const).entries()) {
    const message = concatBytes(label(PURPOSES[who]), object.subarray(0, SIGNED_BYTES));
    const at = SIGNED_BYTES + i * SIGNATURE_BYTES;
    const signature = object.subarray(at, at + SIGNATURE_BYTES);
    if (!(await crypto.ed25519Verify(keys[who], message, signature))) {
      throw refuse(`the signature of the key ${who} does not fit`);
    }
  }
  const firstHead = { number, hash };
  const bridge = hasBridge ? { recordHash, box } : null;
  return { backupId, generation, ownerBefore, ownerAfter, headKeyAfter, firstHead, bridge };
}

/**
 * Whether the third signature is by this proof key: whoever made the certificate had the password's secret.
 *
 * @param object A certificate that `parseRotation` takes, and that has a bridge.
 */
export async function isRotationProvedBy(
  crypto: CryptoPort,
  object: Uint8Array,
  proofPublicKey: Uint8Array,
): Promise<boolean> {
  const message = proofMessage(object.subarray(0, PROVED_BYTES));
  return await crypto.ed25519Verify(proofPublicKey, message, object.subarray(PROVED_BYTES));
}

function proofMessage(proved: Uint8Array): Uint8Array {
  return concatBytes(label('rotate-proof'), proved);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
