/**
 * Beginning a backup in an empty store: keyring, key record, then the first head.
 *
 * Cut off before the head, it leaves objects that nobody refers to, and may simply be done again.
 */
import { Keyring, sealKeyring } from '@holdfast/core/backup-format';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { encodeKeyRecordBody, signRecoveryRecord } from '@holdfast/core/recovery-record';
import { Secret } from '@holdfast/core/secret';
import { HASH_BYTES, KEY_BYTES } from '@holdfast/core/wire';
import type { Store } from '../stores/store.ts';
import { Backup, deriveBackupKeys } from './backup.ts';
import { type Device, DeviceState } from './device-state.ts';
import { listHeadNumbers } from './head-chain.ts';
import { keyringName, recordName } from './object-names.ts';
import { WriteSession } from './write-session.ts';

export interface InitOptions {
  readonly device: Device;
  /** 32 bytes; drawn anew when not given. */
  readonly rootKey?: Secret;
  readonly signal?: AbortSignal;
}

/**
 * Begins a backup.
 *
 * @returns The root key, which nobody else has: losing it loses the backup.
 * @throws {HoldfastError} `backup-exists`, or what the store throws.
 */
export async function initBackup(
  store: Store,
  options: InitOptions,
): Promise<{ rootKey: Secret; backup: Backup }> {
  const { signal } = options;
  const crypto = nodeCrypto;
  if ((await listHeadNumbers(store, signal)).length > 0) throw exists();
  const rootKey = options.rootKey ?? new Secret(crypto.randomBytes(KEY_BYTES));
  const keys = await deriveBackupKeys(crypto, rootKey);
  const device = await DeviceState.open(options.device, keys.backupId, crypto.randomBytes);
  const backup = new Backup({ store, crypto, keys, device });
  try {
    const keyring = new Keyring([new Secret(crypto.randomBytes(KEY_BYTES))]);
    const keyringObject = await sealKeyring(crypto, keys.keyringKey, keys.backupId, keyring);
    const keyringHash = crypto.sha256(keyringObject);
    await backup.useKeyring(keyring, keyringHash);
    await store.put(keyringName(keyringHash), keyringObject, { signal });
    const record = await signRecoveryRecord(crypto, keys.ownerSeed, {
      method: 'key',
      version: 1,
      backupId: keys.backupId,
      ownerPublicKey: keys.ownerPublicKey,
      previousHash: new Uint8Array(HASH_BYTES),
      body: await encodeKeyRecordBody(crypto, rootKey),
    });
    const session = new WriteSession(backup, { packBuffers: 2, signal });
    await store.put(recordName('key', 1), record, { signal });
    await session.commit([], async () => ({ catalog: [], nextSnapshotNumber: 1 }));
    return { rootKey, backup };
  } catch (error) {
    await backup.close();
    if (options.rootKey === undefined) rootKey.wipe();
    throw error;
  }
}

function exists(): HoldfastError {
  return new HoldfastError('backup-exists', 'Cannot begin a backup: this store holds one already');
}
