/**
 * Opening a backup with its root key, and telling a wrong key from a damaged store.
 */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { parseHead } from '@holdfast/core/head';
import { fitsKeyRecord } from '@holdfast/core/recovery-record';
import { Secret } from '@holdfast/core/secret';
import { asDamage } from '../damage.ts';
import type { OnEvent } from '../events.ts';
import type { Store } from '../stores/store.ts';
import { Backup } from './backup.ts';
import { deriveBackupKeys, wipeRootKeys } from './backup-keys.ts';
import { type Device, DeviceState } from './device-state.ts';
import { listHeadNumbers, readHeadObject } from './head-chain.ts';
import { headNote } from './head-note.ts';
import { readKeyRecord } from './key-record.ts';
import { assertNoRemains } from './remains.ts';

export interface OpenOptions {
  readonly device: Device;
  /**
   * What to do when the newest state can't be read. By default that is an error. `read-older` opens
   * the newest that can be, for looking and restoring: `problems` of the backup says what is missed.
   * `check` also opens a backup of which no state can be read, for `check()` alone.
   */
  readonly onDamage?: 'fail' | 'read-older' | 'check';
  /**
   * What to do when the store shows an older state than this device remembers, or another history.
   * By default that is an error. `look` reads what is there, and goes on remembering; `accept`
   * takes it from now on.
   */
  readonly onStale?: 'fail' | 'look' | 'accept';
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
}

/**
 * Opens the backup in a store. Objects in the places of heads that don't verify are passed over and
 * told as notes.
 *
 * @param rootKey 32 bytes; stays the caller's.
 * @throws {HoldfastError} `backup-missing`, `wrong-key`, `key-rotated`, `stale`, `damaged`, `object-missing`,
 *   `format-too-new`, or what the store throws.
 */
export async function openBackup(
  store: Store,
  rootKey: Secret,
  options: OpenOptions,
): Promise<Backup> {
  const { onDamage = 'fail', signal } = options;
  const crypto = nodeCrypto;
  const keys = await deriveBackupKeys(crypto, rootKey);
  let backup: Backup | null = null;
  try {
    await store.account?.actAs({ kind: 'owner', owner: keys });
    const device = await DeviceState.open(options.device, keys.ownId, crypto.randomBytes);
    device.onStale = options.onStale ?? 'fail';
    backup = new Backup({ store, crypto, keys, device });
    const isSigned = await (onDamage === 'fail'
      ? backup.refresh(signal)
      : backup.refreshLeniently(onDamage === 'check', signal));
    if (!isSigned) throw await explainUnsigned(store, rootKey, signal);
    const { onEvent } = options;
    if (onEvent !== undefined) {
      for (const problem of backup.takeUntold()) onEvent(headNote(problem, backup));
    }
    return backup;
  } catch (error) {
    if (backup === null) wipeRootKeys(keys);
    else await backup.close();
    throw error;
  }
}

/** No head verifies with this key: is it the wrong one? */
async function explainUnsigned(
  store: Store,
  rootKey: Secret,
  signal: AbortSignal | undefined,
): Promise<HoldfastError> {
  let fits = false;
  try {
    const record = await readKeyRecord(store, signal);
    fits = record !== null && (await fitsKeyRecord(nodeCrypto, record, rootKey));
  } catch (error) {
    asDamage(error);
  }
  return fits
    ? new HoldfastError('damaged', 'Cannot open the backup: its heads are damaged')
    : new HoldfastError('wrong-key', 'Cannot open the backup: this is not its key');
}

/**
 * The public id of the backup in a store, 32 bytes; null when there is none. Needs no key.
 *
 * The oldest head says it: nobody removes heads, and whatever is put beside them later comes after.
 *
 * @throws {HoldfastError} `damaged` or `format-too-new` when no head can be read, `damaged` also when
 *   there is none, but what remains of a backup.
 */
export async function readBackupId(
  store: Store,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array | null> {
  let failure: HoldfastError | null = null;
  for (const number of await listHeadNumbers(store, options.signal)) {
    try {
      return parseHead(await readHeadObject(store, number, options.signal)).backupId;
    } catch (error) {
      failure ??= asDamage(error);
    }
  }
  if (failure !== null) throw failure;
  await assertNoRemains(store, 'open a backup', options.signal);
  return null;
}

/** Tells whether 32 bytes are the root key. */
export type VerifyKey = (rootKey: Uint8Array) => Promise<boolean>;

/**
 * Reads what the store's key record commits to, once, for trying keys against it.
 *
 * @throws {HoldfastError} `backup-missing` when the store has no such record.
 */
export async function keyVerifier(
  store: Store,
  options: { readonly signal?: AbortSignal } = {},
): Promise<VerifyKey> {
  const record = await readKeyRecord(store, options.signal);
  if (record === null) {
    throw new HoldfastError(
      'backup-missing',
      'Cannot check a key: the store holds no record of one',
    );
  }
  return async (rootKey) => {
    const secret = new Secret(rootKey.slice());
    try {
      return await fitsKeyRecord(nodeCrypto, record, secret);
    } finally {
      secret.wipe();
    }
  };
}
