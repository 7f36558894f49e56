/**
 * The public keys of a token issuer: from a file's text, PEM or JWKS (RFC 7517).
 *
 * Refuses what is no Ed25519 key, and private keys: whoever reads them could spend every guess.
 */
import { HoldfastError } from '@holdfast/core/errors';
import {
  createLocalJWKSet,
  errors,
  importJWK,
  importSPKI,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';

/** Finds the key that a token names; throws when there is none such. */
export type IssuerKeys = JWTVerifyGetKey;

/** Most keys of one issuer. */
const KEYS_MAX = 32;

/**
 * @param text A PEM public key, or a JWKS.
 * @param where For messages: a file's path.
 * @throws {HoldfastError} `usage` when no key of it can be used.
 */
export async function parseIssuerKeys(text: string, where: string): Promise<IssuerKeys> {
  if (text.includes('PRIVATE KEY')) throw unusable(where, 'it holds a private key');
  if (text.includes('-----BEGIN')) {
    try {
      const key = await importSPKI(text, 'EdDSA');
      return unnamedKey(key);
    } catch (cause) {
      throw unusable(where, 'it is no Ed25519 public key', cause);
    }
  }
  return createLocalJWKSet(await checkKeySet(parseJson(text, where), where));
}

/** An issuer's only key, which has no name: a token that names one means another. */
export function unnamedKey(key: Awaited<ReturnType<IssuerKeys>>): IssuerKeys {
  return async ({ kid }) => {
    if (kid !== undefined) throw new errors.JWKSNoMatchingKey();
    return key;
  };
}

/**
 * Those keys of a JWKS that may sign tokens.
 *
 * @throws {HoldfastError} `usage` when there are none, or too many, or private ones.
 */
export async function checkKeySet(value: unknown, where: string): Promise<{ keys: JWK[] }> {
  const keys = isRecord(value) ? value.keys : undefined;
  if (!Array.isArray(keys)) throw unusable(where, 'it is neither a PEM public key nor a JWKS');
  if (keys.some((key) => isRecord(key) && 'd' in key)) {
    throw unusable(where, 'it holds a private key');
  }
  const usable = keys.filter(isEd25519);
  if (usable.length === 0) throw unusable(where, 'it holds no Ed25519 key');
  if (usable.length > KEYS_MAX) throw unusable(where, `it holds more than ${KEYS_MAX} keys`);
  for (const key of usable) {
    try {
      await importJWK(key, 'EdDSA');
    } catch (cause) {
      throw unusable(where, 'one of its keys is malformed', cause);
    }
  }
  return { keys: usable };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable(where, 'it is neither a PEM public key nor a JWKS', cause);
  }
}

function isEd25519(key: unknown): key is JWK {
  return isRecord(key) && key.kty === 'OKP' && key.crv === 'Ed25519';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(where: string, state: string, cause?: unknown): HoldfastError {
  const options = cause === undefined ? {} : { cause };
  return new HoldfastError('usage', `Cannot use ${where} for a token issuer: ${state}`, options);
}
