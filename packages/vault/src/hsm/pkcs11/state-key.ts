/** What is derived in the token from its state key: HKDF-Expand (RFC 5869) by CKM_SHA256_HMAC. */
import { concatBytes } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { label } from '@holdfast/core/wire';
import type { Handle } from 'pkcs11js';
import { CKM } from './cryptoki.ts';
import type { TokenSession } from './token-session.ts';

/**
 * HKDF-Expand of the state key for 32 bytes, with `info` = `holdfast/v1/<purpose>` ‖ `context`: of its
 * blocks the first, HMAC(key, info ‖ 1).
 */
export function expandInToken(
  session: TokenSession,
  stateKey: Handle,
  purpose: string,
  context: Uint8Array,
): Uint8Array {
  const message = concatBytes(label(purpose), context, Uint8Array.of(1));
  return new Uint8Array(session.sign(CKM.SHA256_HMAC, stateKey, message));
}

/**
 * Node's crypto, but HKDF's input key is expanded in the token from the state key and the salt: for
 * sealed boxes whose long-lived key nobody can give.
 */
export function tokenCrypto(session: TokenSession, stateKey: Handle): CryptoPort {
  return {
    ...nodeCrypto,
    hkdfSha256: (_, salt, info, lengthBytes) => {
      const key = expandInToken(session, stateKey, 'hsm-state-salt', salt);
      const derived = nodeCrypto.hkdfSha256(key, salt, info, lengthBytes);
      key.fill(0);
      return derived;
    },
  };
}
