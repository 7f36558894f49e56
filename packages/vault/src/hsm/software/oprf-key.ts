/**
 * OPRF keys of the software HSM, wrapped (spec/vault-protocol.md §11):
 *
 *     header 5 ‖ sealed box of k 32 ‖ kG 65, its context the header
 */
import { createECDH, type ECDH } from 'node:crypto';
import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { BOX_OVERHEAD_BYTES, openBox, sealBox } from '@holdfast/core/wire';
import { CURVE, decodePoint, FIELD_BYTES, POINT_BYTES, type Point } from '../p256.ts';
import { parseWrapped, unwrapError, type WrappedKey, wrappedHeader } from '../wrapped-key.ts';

const PURPOSE = 'hsm-oprf-key';
const BODY_BYTES = BOX_OVERHEAD_BYTES + FIELD_BYTES + POINT_BYTES;

export interface OprfKey {
  /** Holds k. */
  readonly ecdh: ECDH;
  /** kG. */
  readonly publicKey: Point;
}

/** @param scalar Big-endian, 32 bytes, from 1 to the order less 1. */
export async function wrapScalar(
  number: number,
  wrappingKey: Uint8Array,
  scalar: Uint8Array,
): Promise<Uint8Array> {
  return wrap(number, wrappingKey, concatBytes(scalar, ecdhOf(scalar).getPublicKey()));
}

/** @throws {HoldfastError} `damaged`, as far as that shows without the wrapping key. */
export function parseOprfKey(wrapped: Uint8Array): WrappedKey {
  return parseWrapped('software', wrapped, { min: BODY_BYTES, max: BODY_BYTES });
}

/** @throws {HoldfastError} `damaged` when it is not under this wrapping key. */
export async function unwrapOprfKey(wrapped: WrappedKey, key: Uint8Array): Promise<OprfKey> {
  const plaintext = await open(wrapped, key);
  const publicKey = decodePoint(plaintext.subarray(FIELD_BYTES));
  if (publicKey === null) throw unwrapError();
  const ecdh = ecdhOf(plaintext.subarray(0, FIELD_BYTES));
  plaintext.fill(0);
  return { ecdh, publicKey };
}

/** The same key under another wrapping key. @throws {HoldfastError} `damaged`, as `unwrapOprfKey()`. */
export async function rewrapOprfKey(
  wrapped: WrappedKey,
  key: Uint8Array,
  newNumber: number,
  newKey: Uint8Array,
): Promise<Uint8Array> {
  return wrap(newNumber, newKey, await open(wrapped, key));
}

async function wrap(number: number, key: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
  const header = wrappedHeader('software', number);
  const box = await sealBox(nodeCrypto, key, PURPOSE, header, plaintext);
  plaintext.fill(0);
  return concatBytes(header, box);
}

async function open({ header, body }: WrappedKey, key: Uint8Array): Promise<Uint8Array> {
  const plaintext = await openBox(nodeCrypto, key, PURPOSE, header, body);
  if (plaintext === null) throw unwrapError();
  return plaintext;
}

function ecdhOf(scalar: Uint8Array): ECDH {
  const ecdh = createECDH(CURVE);
  ecdh.setPrivateKey(scalar);
  return ecdh;
}
