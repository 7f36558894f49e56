/**
 * The keys of a backup that the root key gives (spec/backup-format.md §2.2), and which of its root keys
 * that is.
 */
import { deriveBackupId, deriveRootKeys, type RootKeys } from '@holdfast/core/backup-format';
import type { CryptoPort } from '@holdfast/core/crypto';
import type { Rotation } from '@holdfast/core/rotation';
import type { Secret } from '@holdfast/core/secret';

export interface BackupKeys extends RootKeys {
  readonly ownerPublicKey: Uint8Array;
  readonly headPublicKey: Uint8Array;
  /** Of the backup that would begin with this root key, 32 bytes. */
  readonly ownId: Uint8Array;
  /** The same, unless another root key was the first (`inForce`). */
  readonly backupId: Uint8Array;
  /** How often the root key had been rotated when it became this one. */
  readonly generation: number;
  /** With which the generation began, as its certificate says; null for generation 0. */
  readonly firstHead: Rotation['firstHead'] | null;
}

/** As of the first root key of a backup. */
export async function deriveBackupKeys(crypto: CryptoPort, rootKey: Secret): Promise<BackupKeys> {
  const keys = await deriveRootKeys(crypto, rootKey);
  const ownerPublicKey = await crypto.ed25519PublicKey(keys.ownerSeed.bytes());
  const headPublicKey = await crypto.ed25519PublicKey(keys.headSeed.bytes());
  const ownId = await deriveBackupId(crypto, ownerPublicKey);
  const first = { backupId: ownId, generation: 0, firstHead: null };
  return { ...keys, ownerPublicKey, headPublicKey, ownId, ...first };
}

export function wipeRootKeys({
  ownerSeed,
  providerAuthSeed,
  headSeed,
  keyringKey,
}: RootKeys): void {
  for (const key of [ownerSeed, providerAuthSeed, headSeed, keyringKey]) key.wipe();
}
