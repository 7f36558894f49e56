/**
 * The token issuer of a vault without an identity service (spec/vault-protocol.md §9).
 *
 * An account is whoever knows a secret that only the account code gives, so nothing is kept, and
 * nobody can be refused: the limits on requests are what holds abuse down.
 */
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { accountSubject, builtInIssuer } from '@holdfast/core/vault-protocol';
import { SignJWT } from 'jose';
import { unnamedKey } from './issuer-keys.ts';
import type { Issuer, TokenScope } from './token-checker.ts';

const SEED_BYTES = 32;
const LIFETIME_SECONDS = 600;
const TOKEN_ID_BYTES = 16;
const SECRET_BYTES = 32;

export interface BuiltInIssuer extends Issuer {
  /** @param secret Of the account at this vault, 32 bytes. */
  issue(secret: Uint8Array, scope: TokenScope): Promise<string>;
}

export interface BuiltInIssuerOptions {
  /** The vault's, 64 hex digits. */
  readonly fingerprint: string;
  /** Ed25519 seed, 32 bytes: the same on all nodes of the vault. */
  readonly seed: Uint8Array;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export function makeBuiltInIssuer(options: BuiltInIssuerOptions): BuiltInIssuer {
  const { fingerprint, seed, now = Date.now } = options;
  if (seed.length !== SEED_BYTES) {
    throw new RangeError(`"seed" must be ${SEED_BYTES} bytes: got ${seed.length}`);
  }
  const key = { key: seed, format: 'raw-private', asymmetricKeyType: 'ed25519' } as const;
  const privateKey = createPrivateKey(key);
  const publicKey = createPublicKey(privateKey);
  const name = builtInIssuer(fingerprint);
  return {
    name,
    keys: unnamedKey(publicKey),
    async issue(secret, scope) {
      if (secret.length !== SECRET_BYTES) {
        throw new RangeError(`"secret" must be ${SECRET_BYTES} bytes: got ${secret.length}`);
      }
      const issuedAt = Math.floor(now() / 1000);
      return await new SignJWT({ scope })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setIssuer(name)
        .setAudience(fingerprint)
        .setSubject(await accountSubject(nodeCrypto, secret))
        .setJti(randomBytes(TOKEN_ID_BYTES).toString('base64url'))
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + LIFETIME_SECONDS)
        .sign(privateKey);
    },
  };
}
