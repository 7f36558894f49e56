/** Whose a backup was before its root key was changed, for vaults that have not heard of that. */
import type { Keyring } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { HEAD_BYTES } from '@holdfast/core/head';
import { ROTATION_BYTES, type Rotation } from '@holdfast/core/rotation';
import type { EarlierOwner } from '@holdfast/core/vault-protocol';
import type { Store } from '../stores/store.ts';
import { deriveBackupKeys } from './backup-keys.ts';
import { getStart } from './get-start.ts';
import { headName, rotationName } from './object-names.ts';

interface Place {
  readonly store: Store;
  readonly crypto: CryptoPort;
  readonly keyring: Keyring;
  readonly rotations: readonly Rotation[];
}

/** Oldest first. Wipe their seeds. */
export async function earlierOwners(
  { store, crypto, keyring, rotations }: Place,
  signal: AbortSignal | undefined,
): Promise<readonly EarlierOwner[]> {
  const owners: EarlierOwner[] = [];
  for (const [generation, rootKey] of keyring.earlierRootKeys.entries()) {
    const keys = await deriveBackupKeys(crypto, rootKey);
    for (const unused of [keys.headSeed, keys.providerAuthSeed, keys.keyringKey]) unused.wipe();
    const { ownerSeed, ownerPublicKey, headPublicKey } = keys;
    const next = rotations.find(
      (rotation) =>
        rotation.generation === generation + 1 && equalBytes(rotation.ownerBefore, ownerPublicKey),
    );
    const rotation: EarlierOwner['rotation'] = async () => {
      if (next === undefined) return null;
      const { number } = next.firstHead;
      const certificate = await getStart(store, rotationName(number), ROTATION_BYTES, signal);
      const head = await getStart(store, headName(number), HEAD_BYTES, signal);
      return certificate === null || head === null ? null : { certificate, head };
    };
    owners.push({ ownerSeed, ownerPublicKey, headPublicKey, rotation });
  }
  return owners;
}
