// Keys of a vault and of an owner, with what they sign, for the vectors of the vault protocol.

import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { backupIdOf, type ServingKey, servingKeyMessage } from '@holdfast/core/vault-protocol';
import { drawn } from './counting-crypto.ts';

/** 2026-01-01T00:00:00Z. */
export const NOW_MS = 1_767_225_600_000;
export const DAY_MS = 24 * 3600 * 1000;

export interface Signer {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** An Ed25519 key, told apart by name. */
export function signer(name: string): Signer {
  const seed = drawn(`seed of ${name}`);
  return { seed, publicKey: nodeCrypto.ed25519PublicKey(seed) };
}

export const OWNER = signer('an owner');
export const VAULT = signer('a vault');
export const SERVING = signer('a serving key');
export const PROOF = signer('a proof key');

export function signBy({ seed }: Signer): ServingKey['sign'] {
  return (message) => nodeCrypto.ed25519Sign(seed, message);
}

export function ownerSeed(): Secret {
  return new Secret(OWNER.seed.slice());
}

export async function ownBackupId(): Promise<Uint8Array> {
  return await backupIdOf(nodeCrypto, OWNER.publicKey);
}

/** A serving key that is certified from a day ago on. */
export function servingKey(days = 30, by: Signer = VAULT): ServingKey {
  const fromMs = NOW_MS - DAY_MS;
  const { certified, message } = servingKeyMessage(
    SERVING.publicKey,
    fromMs,
    fromMs + days * DAY_MS,
  );
  const signature = nodeCrypto.ed25519Sign(by.seed, message);
  return { sign: signBy(SERVING), certificate: concatBytes(certified, signature) };
}
