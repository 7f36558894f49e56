/** Whose a backup is, as its store tells: also when its root key was changed (spec/rotation.md §3.3). */
import { type Keyring, openHeadState } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import type { Rotation } from '@holdfast/core/rotation';
import type { Secret } from '@holdfast/core/secret';
import { backupIdOf, type OwnerKeys, type WitnessedHead } from '@holdfast/core/vault-protocol';
import { type BackupKeys, deriveBackupKeys } from '../repository/backup-keys.ts';
import { earlierOwners } from '../repository/earlier-owners.ts';
import { findAnyHead } from '../repository/head-chain.ts';
import { readKeyring } from '../repository/read-state.ts';
import { assertNotRotated, inForce, readRotations } from '../repository/rotations.ts';
import type { Store } from '../stores/store.ts';

type Signal = AbortSignal | undefined;

/**
 * The keys that vaults know the owner by, and those before. Wipe with `wipeOwner`.
 *
 * @throws {HoldfastError} `key-rotated`, `wrong-key`, or what reading the keyring throws.
 */
export async function identifyOwner(
  store: Store,
  rootKey: Secret,
  signal?: Signal,
): Promise<OwnerKeys> {
  const place = { store, crypto: nodeCrypto };
  const rotations = await readRotations(place, signal);
  const keys = inForce(await deriveBackupKeys(nodeCrypto, rootKey), rotations);
  try {
    assertNotRotated(keys, rotations);
    const owner = ownerFrom(rootKey, keys);
    if (keys.generation === 0) return owner;
    const { keyring, displaced } = await newestKeyring(store, keys, signal);
    try {
      const line = { ...place, keyring, rotations, keys, displaced };
      return { ...owner, before: await earlierOwners(line, signal) };
    } finally {
      keyring.wipe();
    }
  } finally {
    for (const unused of [keys.headSeed, keys.providerAuthSeed, keys.keyringKey]) unused.wipe();
  }
}

/** The same of a key that a password gave, in force or not. Wipe its `ownerSeed`. */
export async function deriveOwner(
  rootKey: Secret,
  rotations: readonly Rotation[],
): Promise<OwnerKeys> {
  const keys = inForce(await deriveBackupKeys(nodeCrypto, rootKey), rotations);
  for (const unused of [keys.headSeed, keys.providerAuthSeed, keys.keyringKey]) unused.wipe();
  return ownerFrom(rootKey, keys);
}

export function wipeOwner({ ownerSeed, before = [] }: OwnerKeys): void {
  for (const owner of [{ ownerSeed }, ...before]) owner.ownerSeed.wipe();
}

/** Owner keys that rotations put in the place of the first one. */
export async function laterOwners(
  rotations: readonly Rotation[],
  backupId: Uint8Array,
): Promise<readonly Uint8Array[]> {
  const owners: Uint8Array[] = [];
  for (const { ownerBefore, ownerAfter, ...rotation } of rotations) {
    if (!equalBytes(rotation.backupId, backupId)) continue;
    const isFirst = equalBytes(await backupIdOf(nodeCrypto, ownerBefore), backupId);
    if (isFirst || owners.some((owner) => equalBytes(owner, ownerBefore))) owners.push(ownerAfter);
  }
  return owners;
}

function ownerFrom(
  rootKey: Secret,
  { ownerSeed, ownerPublicKey, headPublicKey, backupId }: BackupKeys,
): OwnerKeys {
  return { rootKey, ownerSeed, ownerPublicKey, headPublicKey, backupId };
}

/** Of the newest head that verifies, with the heads that it says were put aside. */
async function newestKeyring(
  store: Store,
  keys: BackupKeys,
  signal: Signal,
): Promise<{ readonly keyring: Keyring; readonly displaced: readonly WitnessedHead[] }> {
  const { headPublicKey, backupId, generation, firstHead } = keys;
  const own = { headPublicKey, backupId, generation, firstHead };
  const chain = { store, crypto: nodeCrypto, ...own, signal };
  const { head } = await findAnyHead(chain);
  if (head === null) {
    throw new HoldfastError('wrong-key', 'Cannot open the backup: this is not its key');
  }
  const keyring = await readKeyring(chain, keys, head.keyringHash);
  try {
    const { displacedHeads } = await openHeadState(nodeCrypto, keyring, head);
    return { keyring, displaced: displacedHeads };
  } catch (error) {
    keyring.wipe();
    throw error;
  }
}
