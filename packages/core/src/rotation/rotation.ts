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
 *        180     64  Ed25519 by the owner key before, over "holdfast/v1/rotate" and bytes 0 … 179
 *        244     64  Ed25519 by the owner key from then on, over "holdfast/v1/rotated" and the same
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

const MAGIC = objectMagic('ROTA');
const SIGNED_BYTES = 180;
const PURPOSES = { before: 'rotate', after: 'rotated' } as const;

/** Times that the root key of a backup can be changed: as many as its keyring has room for. */
export const GENERATION_MAX = 31;
/** Every certificate has this length. */
export const ROTATION_BYTES = SIGNED_BYTES + 2 * SIGNATURE_BYTES;

export interface Rotation {
  readonly backupId: Uint8Array;
  /** How often the root key was changed, this time included. */
  readonly generation: number;
  readonly ownerBefore: Uint8Array;
  readonly ownerAfter: Uint8Array;
  readonly headKeyAfter: Uint8Array;
  /** Of the new generation. */
  readonly firstHead: { readonly number: number; readonly hash: Uint8Array };
}

/** Ed25519 seeds of both owner keys. */
export interface RotationSeeds {
  readonly before: Secret;
  readonly after: Secret;
}

export async function signRotation(
  crypto: CryptoPort,
  rotation: Rotation,
  seeds: RotationSeeds,
): Promise<Uint8Array> {
  const signed = new ByteWriter(SIGNED_BYTES)
    .raw(MAGIC)
    .raw(rotation.backupId)
    .u32(rotation.generation)
    .raw(rotation.ownerBefore)
    .raw(rotation.ownerAfter)
    .raw(rotation.headKeyAfter)
    .u64(BigInt(rotation.firstHead.number))
    .raw(rotation.firstHead.hash)
    .finish();
  const signatures: Uint8Array[] = [];
  for (const who of ['before', 'after'] as const) {
    const message = concatBytes(label(PURPOSES[who]), signed);
    signatures.push(await crypto.ed25519Sign(seeds[who].bytes(), message));
  }
  return concatBytes(signed, ...signatures);
}

/**
 * A certificate that both owner keys in it signed. Whether they are those expected is asked apart.
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
  if (number === 0 || number > HEAD_NUMBER_MAX) throw refuse('its number of a head is impossible');
  const isPossible = generation >= 1 && generation <= GENERATION_MAX;
  if (!isPossible) throw refuse('its generation is impossible');
  if (equalBytes(ownerBefore, ownerAfter)) throw refuse('it changes nothing');
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
  return { backupId, generation, ownerBefore, ownerAfter, headKeyAfter, firstHead };
}
