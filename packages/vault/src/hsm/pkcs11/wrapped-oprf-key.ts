/**
 * OPRF keys that a token has wrapped (spec/vault-protocol.md §11):
 *
 *     header 5 ‖ kG 65, uncompressed ‖ k wrapped by the token ‖ seal 32
 *
 * The seal is derived in the token over all bytes before it: a token is given nothing to unwrap that it
 * did not wrap, and kG, on which the answer's sign hangs, is the key's own.
 */
import { timingSafeEqual } from 'node:crypto';
import { concatBytes } from '@holdfast/core/bytes';
import { decodePoint, POINT_BYTES, type Point } from '../p256.ts';
import { parseWrapped, unwrapError, wrappedHeader } from '../wrapped-key.ts';

const SEAL_BYTES = 32;
const BLOB_MAX_BYTES = 512;
const BODY_BYTES = {
  min: POINT_BYTES + SEAL_BYTES + 1,
  max: POINT_BYTES + SEAL_BYTES + BLOB_MAX_BYTES,
};

/** Derives 32 bytes from the state key and these. */
export type Expand = (purpose: string, context: Uint8Array) => Uint8Array;

const PURPOSE = 'hsm-oprf-key';

export interface WrappedOprfKey {
  readonly number: number;
  readonly publicKey: Point;
  readonly publicKeyBytes: Uint8Array;
  readonly blob: Uint8Array;
}

/** @param publicKey kG, uncompressed. */
export function encodeOprfKey(
  expand: Expand,
  number: number,
  publicKey: Uint8Array,
  blob: Uint8Array,
): Uint8Array {
  const content = concatBytes(wrappedHeader('pkcs11', number), publicKey, blob);
  return concatBytes(content, expand(PURPOSE, content));
}

/** @throws {HoldfastError} `damaged` when this token did not wrap it so. */
export function decodeOprfKey(expand: Expand, wrapped: Uint8Array): WrappedOprfKey {
  const { number, body } = parseWrapped('pkcs11', wrapped, BODY_BYTES);
  const seal = expand(PURPOSE, wrapped.subarray(0, -SEAL_BYTES));
  if (!timingSafeEqual(seal, wrapped.subarray(-SEAL_BYTES))) throw unwrapError();
  const publicKeyBytes = body.subarray(0, POINT_BYTES);
  const publicKey = decodePoint(publicKeyBytes);
  if (publicKey === null) throw unwrapError();
  return { number, publicKey, publicKeyBytes, blob: body.subarray(POINT_BYTES, -SEAL_BYTES) };
}
