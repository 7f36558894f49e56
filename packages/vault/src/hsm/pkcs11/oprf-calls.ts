/** What a token does with OPRF keys in a session: make, derive, wrap, unwrap. */
import type { Handle } from 'pkcs11js';
import { encodePoint, POINT_BYTES, type Point } from '../p256.ts';
import { CKA, CKD_NULL, CKM } from './cryptoki.ts';
import { DERIVED, OPRF_KEY, OPRF_PUBLIC_KEY } from './templates.ts';
import type { TokenSession } from './token-session.ts';

/** pkcs11js's own name for the parameter's kind. */
const CK_PARAMS_EC_DH = 6;

/**
 * Makes a fresh key, calls `use`, and drops it.
 *
 * @param use Gets its handle, and kG, uncompressed.
 */
export function withNewKey<T>(
  session: TokenSession,
  use: (key: Handle, publicKey: Uint8Array) => T,
): T {
  const pair = session.generateKeyPair(CKM.EC_KEY_PAIR_GEN, OPRF_PUBLIC_KEY, OPRF_KEY);
  try {
    // A DER octet string by the standard, in which some tokens leave the point bare.
    const point = session.read(pair.publicKey, CKA.EC_POINT).subarray(-POINT_BYTES);
    return use(pair.privateKey, new Uint8Array(point));
  } finally {
    session.destroy(pair.publicKey);
    session.destroy(pair.privateKey);
  }
}

/** Unwraps a key, calls `use` with its handle, and drops it. */
export function withUnwrapped<T>(
  session: TokenSession,
  wrappingKey: Handle,
  blob: Uint8Array,
  use: (key: Handle) => T,
): T {
  const key = session.unwrap(wrappingKey, blob, OPRF_KEY);
  try {
    return use(key);
  } finally {
    session.destroy(key);
  }
}

/** x of the key times the point: 32 bytes, or fewer where the token leaves out leading zeros. */
export function deriveX(session: TokenSession, key: Handle, point: Point): Uint8Array {
  const parameter = {
    type: CK_PARAMS_EC_DH,
    kdf: CKD_NULL,
    publicData: Buffer.from(encodePoint(point)),
  };
  const derived = session.derive({ mechanism: CKM.ECDH1_DERIVE, parameter }, key, DERIVED);
  try {
    return new Uint8Array(session.read(derived, CKA.VALUE));
  } finally {
    session.destroy(derived);
  }
}
