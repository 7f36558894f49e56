/** Whose a backup was before its root key was changed, for vaults that have not heard of that. */
import type { Keyring } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { HEAD_BYTES } from '@holdfast/core/head';
import { ROTATION_BYTES, type Rotation } from '@holdfast/core/rotation';
import type { EarlierOwner } from '@holdfast/core/vault-protocol';
import type { Store } from '../stores/store.ts';
import { type BackupKeys, deriveBackupKeys } from './backup-keys.ts';
import { getStart } from './get-start.ts';
import { headName, rotationName } from './object-names.ts';

interface Place {
  readonly store: Store;
  readonly crypto: CryptoPort;
  readonly keyring: Keyring;
  readonly rotations: readonly Rotation[];
  /** Those in force. */
  readonly keys: Pick<BackupKeys, 'ownerPublicKey' | 'headPublicKey'>;
}

/** Oldest first. Wipe their seeds. */
export async function earlierOwners(
  { store, crypto, keyring, rotations, keys: present }: Place,
  signal: AbortSignal | undefined,
): Promise<readonly EarlierOwner[]> {
  const line: BackupKeys[] = [];
  for (const rootKey of keyring.earlierRootKeys) {
    const keys = await deriveBackupKeys(crypto, rootKey);
    for (const unused of [keys.headSeed, keys.providerAuthSeed, keys.keyringKey]) unused.wipe();
    line.push(keys);
  }
  const owners: EarlierOwner[] = [];
  for (const [i, { ownerSeed, ownerPublicKey, headPublicKey }] of line.entries()) {
    const after = line[i + 1] ?? present;
    // Whoever has an earlier root key can certify another that follows it.
    const next = rotations.find(
      ({ ownerBefore, ownerAfter, headKeyAfter }) =>
        equalBytes(ownerBefore, ownerPublicKey) &&
        equalBytes(ownerAfter, after.ownerPublicKey) &&
        equalBytes(headKeyAfter, after.headPublicKey),
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
