/** The recovery record of the method `key` (spec/backup-format.md §8.2). */
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import {
  encodeKeyRecordBody,
  parseRecoveryRecord,
  RECOVERY_RECORD_BYTES,
  type RecoveryRecord,
  signRecoveryRecord,
} from '@holdfast/core/recovery-record';
import type { Secret } from '@holdfast/core/secret';
import { HASH_BYTES } from '@holdfast/core/wire';
import { asDamage } from '../damage.ts';
import type { Store } from '../stores/store.ts';
import type { Backup } from './backup.ts';
import { getStart } from './get-start.ts';
import { RECORD_PREFIX, recordName } from './object-names.ts';

/**
 * The newest sound record of the `key` method; null when there is none of that method.
 *
 * @throws {HoldfastError} `damaged` or `format-too-new` when none of them is sound.
 */
export async function readKeyRecord(
  store: Store,
  signal: AbortSignal | undefined,
): Promise<RecoveryRecord | null> {
  const names: string[] = [];
  for await (const { name } of store.list(`${RECORD_PREFIX}key-`, { signal })) names.push(name);
  let failure: HoldfastError | null = null;
  for (const name of names.sort().reverse()) {
    try {
      const object = await getStart(store, name, RECOVERY_RECORD_BYTES, signal);
      if (object === null) continue;
      const record = await parseRecoveryRecord(nodeCrypto, object);
      if (recordName(record.method, record.version) === name) return record;
      failure ??= new HoldfastError('damaged', 'Cannot read a recovery record: it is misplaced');
    } catch (error) {
      failure ??= asDamage(error);
    }
  }
  if (failure !== null) throw failure;
  return null;
}

/** At the first version that is free: what lies below may be of another key. */
export async function putKeyRecord(
  { store, crypto, keys }: Backup,
  rootKey: Secret,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { backupId, ownerPublicKey } = keys;
  const body = await encodeKeyRecordBody(crypto, rootKey);
  const previousHash = new Uint8Array(HASH_BYTES);
  for (let version = 1; ; version++) {
    const fields = {
      method: 'key',
      version,
      backupId,
      ownerPublicKey,
      previousHash,
      body,
    } as const;
    const record = await signRecoveryRecord(crypto, keys.ownerSeed, fields);
    if ((await store.put(recordName('key', version), record, { signal })) === 'stored') return;
  }
}

/** Puts a record for the root key unless the newest is one. */
export async function ensureKeyRecord(
  backup: Backup,
  rootKey: Secret,
  signal: AbortSignal | undefined,
): Promise<void> {
  let newest: RecoveryRecord | null = null;
  try {
    newest = await readKeyRecord(backup.store, signal);
  } catch (error) {
    asDamage(error);
  }
  const isOwn = newest !== null && equalBytes(newest.ownerPublicKey, backup.keys.ownerPublicKey);
  if (!isOwn) await putKeyRecord(backup, rootKey, signal);
}
