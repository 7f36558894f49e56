/**
 * From the root key to every other key of one backup (spec/backup-format.md §2.2).
 */
import { concatBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { Secret } from '../secret/index.ts';
import { KEY_BYTES, label } from '../wire/index.ts';

const NO_SALT = new Uint8Array(0);

/** Keys that the root key gives, each 32 bytes. The Ed25519 ones are seeds (RFC 8032 §5.1.5). */
export interface RootKeys {
  /** Ed25519 seed: owns vault records, signs recovery records. */
  readonly ownerSeed: Secret;
  /** Ed25519 seed: authenticates to the provider, and for nothing else. */
  readonly providerAuthSeed: Secret;
  /** Ed25519 seed: signs heads. */
  readonly headSeed: Secret;
  /** Seals the keyring. */
  readonly keyringKey: Secret;
}

/** @param rootKey 32 bytes. */
export async function deriveRootKeys(crypto: CryptoPort, rootKey: Secret): Promise<RootKeys> {
  if (rootKey.lengthBytes !== KEY_BYTES) {
    throw new RangeError(`"rootKey" must be 32 bytes: got ${rootKey.lengthBytes}`);
  }
  const derive = async (purpose: string): Promise<Secret> =>
    new Secret(await crypto.hkdfSha256(rootKey.bytes(), NO_SALT, label(purpose), KEY_BYTES));
  return {
    ownerSeed: await derive('owner'),
    providerAuthSeed: await derive('provider-auth'),
    headSeed: await derive('head'),
    keyringKey: await derive('keyring'),
  };
}

/** The public id of a backup: SHA-256 of a label and its owner public key; 32 bytes. */
export async function deriveBackupId(
  crypto: CryptoPort,
  ownerPublicKey: Uint8Array,
): Promise<Uint8Array> {
  return await crypto.sha256(concatBytes(label('backup-id'), ownerPublicKey));
}

/**
 * The key that names chunks; secret, because a name would otherwise confirm a guessed content.
 *
 * @param firstEpochKey Key of epoch 0, which keeps naming chunks after every rotation.
 */
export async function deriveChunkNameKey(
  crypto: CryptoPort,
  firstEpochKey: Secret,
): Promise<Secret> {
  const bytes = firstEpochKey.bytes();
  return new Secret(await crypto.hkdfSha256(bytes, NO_SALT, label('chunk-name'), KEY_BYTES));
}
