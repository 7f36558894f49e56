/**
 * The keys of a backup that the root key alone gives (spec/backup-format.md §2.2).
 */
import { deriveBackupId, deriveRootKeys, type RootKeys } from '@holdfast/core/backup-format';
import type { CryptoPort } from '@holdfast/core/crypto';
import type { Secret } from '@holdfast/core/secret';

export interface BackupKeys extends RootKeys {
  readonly ownerPublicKey: Uint8Array;
  readonly headPublicKey: Uint8Array;
  readonly backupId: Uint8Array;
}

export async function deriveBackupKeys(crypto: CryptoPort, rootKey: Secret): Promise<BackupKeys> {
  const keys = await deriveRootKeys(crypto, rootKey);
  const ownerPublicKey = await crypto.ed25519PublicKey(keys.ownerSeed.bytes());
  const headPublicKey = await crypto.ed25519PublicKey(keys.headSeed.bytes());
  const backupId = await deriveBackupId(crypto, ownerPublicKey);
  return { ...keys, ownerPublicKey, headPublicKey, backupId };
}

export function wipeRootKeys({
  ownerSeed,
  providerAuthSeed,
  headSeed,
  keyringKey,
}: RootKeys): void {
  for (const key of [ownerSeed, providerAuthSeed, headSeed, keyringKey]) key.wipe();
}
