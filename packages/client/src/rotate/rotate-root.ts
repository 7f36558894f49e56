/**
 * Changing the root key: a device that was lost, and whoever has its key, gets nothing that is written
 * from then on, and nothing that they write is taken (spec/rotation.md §3).
 */
import { sealKeyring } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { type Rotation, sealBridge, signRotation } from '@holdfast/core/rotation';
import { Secret } from '@holdfast/core/secret';
import { KEY_BYTES } from '@holdfast/core/wire';
import type { OnEvent } from '../events.ts';
import type { Backup } from '../repository/backup.ts';
import { type BackupKeys, deriveBackupKeys, wipeRootKeys } from '../repository/backup-keys.ts';
import { getStart } from '../repository/get-start.ts';
import { headNote } from '../repository/head-note.ts';
import { HeadWriter } from '../repository/head-writer.ts';
import { ensureKeyRecord } from '../repository/key-record.ts';
import { keyringName, rotationName } from '../repository/object-names.ts';

type FirstHead = Rotation['firstHead'];

/** Other devices that may come first before this gives up. */
const ATTEMPTS = 20;

/** A password that goes on working, as a recovery with it gave it; stays the caller's. */
export interface CarriedPassword {
  /** SHA-256 of its record. */
  readonly recordHash: Uint8Array;
  /** The record's shared secret, 32 bytes. */
  readonly secret: Secret;
  /** Of its proof key, 32 bytes. */
  readonly proofSeed: Secret;
}

export interface RotateRootOptions {
  /** The root key that the backup was opened with, 32 bytes; stays the caller's. */
  readonly rootKey: Secret;
  /** The one after it, 32 bytes; stays the caller's, who has kept it, durably, before this is called. */
  readonly nextKey: Secret;
  /** The one that is live at the vaults; null when there is none, or it shall bring back the key before. */
  readonly carried: CarriedPassword | null;
  readonly onEvent?: OnEvent | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts another root key in force. The backup at hand is of no more use afterwards: it is to be opened with
 * the next key, and then `finishRotation`.
 *
 * Cut off, or failed with another code than `key-rotated`, it may be done again with the same next key;
 * whether that is in force tells an `openBackup` with it.
 *
 * @returns How often the root key was changed by now, and the number of the first head of the next.
 * @throws {HoldfastError} `key-rotated` when another device came first with another key, `limit-exceeded`,
 *   `contention`, `damaged` when the newest state can't be read, or what the store throws.
 */
export async function rotateRoot(
  backup: Backup,
  options: RotateRootOptions,
): Promise<{ readonly generation: number; readonly head: number }> {
  const { onEvent, signal } = options;
  if (options.nextKey.equals(options.rootKey)) {
    throw new RangeError('"nextKey" must be another than "rootKey"');
  }
  const next = await deriveBackupKeys(backup.crypto, options.nextKey);
  const heads = new HeadWriter(backup, {
    passOver: (problem) => onEvent?.(headNote(problem, backup)),
    signal,
  });
  const generation = backup.keys.generation + 1;
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      heads.assertNewest();
      const firstHead = await putFirstHead(backup, heads, next, options);
      if (firstHead !== null && (await putCertificate(backup, next, firstHead, options))) {
        await remember(backup, next, firstHead);
        return { generation, head: firstHead.number };
      }
      await backup.refresh(signal);
    }
  } finally {
    wipeRootKeys(next);
  }
  throw new HoldfastError('contention', 'Cannot finish: other devices kept writing meanwhile');
}

/**
 * Sees to it that a change which was cut off never comes into force, also if its certificate is still on its
 * way. Its next key is good for nothing then.
 *
 * @throws {HoldfastError} `key-rotated` when it has come into force.
 */
export async function giveUpRotation(
  backup: Backup,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const heads = new HeadWriter(backup, { passOver: () => undefined, signal: options.signal });
  await heads.closePassedOver();
}

/**
 * What is left to do once the next root key is in force.
 *
 * @param backup Opened with it.
 */
export async function finishRotation(
  backup: Backup,
  rootKey: Secret,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await ensureKeyRecord(backup, rootKey, options.signal);
}

/** @returns null when another writer was first. */
async function putFirstHead(
  backup: Backup,
  heads: HeadWriter,
  next: BackupKeys,
  { rootKey, signal }: RotateRootOptions,
): Promise<FirstHead | null> {
  const { crypto, store, keys } = backup;
  const [kept, epochKey] = [rootKey.bytes().slice(), crypto.randomBytes(KEY_BYTES)];
  const secrets = [new Secret(kept), new Secret(epochKey)] as const;
  try {
    const keyring = backup.keyring.withNextRootKey(...secrets);
    const object = await sealKeyring(crypto, next.keyringKey, keys.backupId, keyring);
    const keyringHash = await crypto.sha256(object);
    await store.put(keyringName(keyringHash), object, { signal });
    return await heads.putFirst(backup.state, { next, keyring, keyringHash });
  } finally {
    for (const secret of secrets) secret.wipe();
  }
}

/**
 * The moment of the rotation.
 *
 * @returns false when another device has passed over the first head.
 */
async function putCertificate(
  { crypto, store, keys }: Backup,
  next: BackupKeys,
  firstHead: FirstHead,
  { nextKey, carried, signal }: RotateRootOptions,
): Promise<boolean> {
  const bridged = {
    backupId: keys.backupId,
    generation: keys.generation + 1,
    ownerBefore: keys.ownerPublicKey,
    ownerAfter: next.ownerPublicKey,
  };
  const bridge =
    carried === null
      ? null
      : await sealBridge(crypto, bridged, carried.recordHash, carried.secret, nextKey);
  const rotation: Rotation = { ...bridged, headKeyAfter: next.headPublicKey, firstHead, bridge };
  const proof = carried?.proofSeed ?? null;
  const seeds = { before: keys.ownerSeed, after: next.ownerSeed, proof };
  const object = await signRotation(crypto, rotation, seeds);
  const name = rotationName(firstHead.number);
  if ((await store.put(name, object, { signal })) === 'stored') return true;
  // An answer that was lost on the way looks like another device's refusal.
  const there = await getStart(store, name, object.length, signal);
  return there !== null && equalBytes(there, object);
}

/** Goes on with what this device knows of the store. */
async function remember({ device }: Backup, next: BackupKeys, head: FirstHead): Promise<void> {
  const own = device.forKey(next.ownId);
  await own.noteDamaged(await device.damagedPacks());
  await own.rememberHead(head);
}
