/** What a device signs to be let in, and what an owner vouches for (spec/provider-api.md §2). */
import { concatBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import type { Secret } from '../secret/index.ts';
import { ED25519_KEY_BYTES, HASH_BYTES, label } from '../wire/index.ts';

/** Length of a challenge. */
export const CHALLENGE_BYTES = 64;

export interface SignIn {
  /** As `providerRecipient` gives it, 32 bytes. */
  readonly recipient: Uint8Array;
  /** Ed25519 public key that a backup authenticates with, 32 bytes. */
  readonly key: Uint8Array;
  /** As the provider drew it, 64 bytes. */
  readonly challenge: Uint8Array;
}

export interface KeyStatement {
  /** As `providerRecipient` gives it, 32 bytes. */
  readonly recipient: Uint8Array;
  /** Ed25519 public keys of one root key, 32 bytes each. */
  readonly ownerKey: Uint8Array;
  readonly key: Uint8Array;
  readonly headKey: Uint8Array;
}

/** @param seed Of the provider-auth key. @returns 64 bytes. */
export async function signSignIn(
  crypto: CryptoPort,
  seed: Secret,
  signIn: SignIn,
): Promise<Uint8Array> {
  return await crypto.ed25519Sign(seed.bytes(), signInMessage(signIn));
}

/** Whether the provider-auth key in it signed it. */
export async function isSignInSigned(
  crypto: CryptoPort,
  signIn: SignIn,
  signature: Uint8Array,
): Promise<boolean> {
  return await crypto.ed25519Verify(signIn.key, signInMessage(signIn), signature);
}

/** @param seed Of the owner key. @returns 64 bytes. */
export async function signKeyStatement(
  crypto: CryptoPort,
  seed: Secret,
  statement: KeyStatement,
): Promise<Uint8Array> {
  return await crypto.ed25519Sign(seed.bytes(), statementMessage(statement));
}

/** Whether the owner key in it signed it. */
export async function isKeyStatementSigned(
  crypto: CryptoPort,
  statement: KeyStatement,
  signature: Uint8Array,
): Promise<boolean> {
  return await crypto.ed25519Verify(statement.ownerKey, statementMessage(statement), signature);
}

function signInMessage({ recipient, key, challenge }: SignIn): Uint8Array {
  const parts = [
    sized('recipient', recipient, HASH_BYTES),
    sized('key', key, ED25519_KEY_BYTES),
    sized('challenge', challenge, CHALLENGE_BYTES),
  ];
  return concatBytes(label('provider-sign-in'), ...parts);
}

function statementMessage({ recipient, ownerKey, key, headKey }: KeyStatement): Uint8Array {
  const parts = [
    sized('recipient', recipient, HASH_BYTES),
    sized('ownerKey', ownerKey, ED25519_KEY_BYTES),
    sized('key', key, ED25519_KEY_BYTES),
    sized('headKey', headKey, ED25519_KEY_BYTES),
  ];
  return concatBytes(label('provider-keys'), ...parts);
}

/** Parts of fixed length can't be shifted against each other. */
function sized(name: string, bytes: Uint8Array, lengthBytes: number): Uint8Array {
  if (bytes.length === lengthBytes) return bytes;
  throw new RangeError(`"${name}" must be ${lengthBytes} bytes: got ${bytes.length}`);
}
