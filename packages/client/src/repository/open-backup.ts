/**
 * Opening a backup with its root key, and telling a wrong key from a damaged store.
 */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { parseHead } from '@holdfast/core/head';
import {
  fitsKeyRecord,
  parseRecoveryRecord,
  type RecoveryRecord,
} from '@holdfast/core/recovery-record';
import { Secret } from '@holdfast/core/secret';
import type { Store } from '../stores/store.ts';
import { Backup, deriveBackupKeys } from './backup.ts';
import { type Device, DeviceState } from './device-state.ts';
import { newestHeadNumber, readHeadObject } from './head-chain.ts';
import { RECORD_PREFIX } from './object-names.ts';

/**
 * Opens the backup in a store.
 *
 * @param rootKey 32 bytes; stays the caller's.
 * @throws {HoldfastError} `backup-missing`, `wrong-key`, `stale`, `damaged`, `object-missing`,
 *   `format-too-new`, or what the store throws.
 */
export async function openBackup(
  store: Store,
  rootKey: Secret,
  options: { readonly device: Device; readonly signal?: AbortSignal },
): Promise<Backup> {
  const crypto = nodeCrypto;
  const keys = await deriveBackupKeys(crypto, rootKey);
  const device = await DeviceState.open(options.device, keys.backupId, crypto.randomBytes);
  const backup = new Backup({ store, crypto, keys, device });
  if (await backup.refresh(options.signal)) return backup;
  await backup.close();
  const record = await readKeyRecord(store, options.signal);
  const fits = record !== null && (await fitsKeyRecord(crypto, record, rootKey));
  if (fits)
    throw new HoldfastError('damaged', 'Cannot open the backup: its newest head is damaged');
  throw new HoldfastError('wrong-key', 'Cannot open the backup: this is not its key');
}

/** The public id of the backup in a store, 32 bytes; null when there is none. Needs no key. */
export async function readBackupId(
  store: Store,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array | null> {
  const number = await newestHeadNumber(store, options.signal);
  if (number === null) return null;
  return parseHead(await readHeadObject(store, number, options.signal)).backupId;
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

/** The newest record of the `key` method; null when there is none. */
async function readKeyRecord(
  store: Store,
  signal: AbortSignal | undefined,
): Promise<RecoveryRecord | null> {
  let newest: string | null = null;
  for await (const { name } of store.list(`${RECORD_PREFIX}key-`, { signal })) newest = name;
  const object = newest === null ? null : await store.get(newest, { signal });
  return object === null ? null : await parseRecoveryRecord(nodeCrypto, object);
}
