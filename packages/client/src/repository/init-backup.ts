/**
 * Beginning a backup in an empty store: keyring, key record, then the first head.
 *
 * Cut off before the head, it leaves objects that nobody refers to, and may simply be done again.
 */
import { Keyring, sealKeyring } from '@holdfast/core/backup-format';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import { KEY_BYTES } from '@holdfast/core/wire';
import type { Store } from '../stores/store.ts';
import { Backup } from './backup.ts';
import { deriveBackupKeys, wipeRootKeys } from './backup-keys.ts';
import { type Device, DeviceState } from './device-state.ts';
import { listHeadNumbers } from './head-chain.ts';
import { putKeyRecord } from './key-record.ts';
import { keyringName } from './object-names.ts';
import { assertNoRemains } from './remains.ts';
import { WriteSession } from './write-session.ts';

export interface InitOptions {
  readonly device: Device;
  /** 32 bytes; drawn anew when not given. */
  readonly rootKey?: Secret;
  /** Of a provider that takes new backups by invite, 32 hex digits. */
  readonly invite?: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Begins a backup.
 *
 * @returns The root key, which nobody else has: losing it loses the backup.
 * @throws {HoldfastError} `backup-exists`, `invite-needed`, `damaged` when the store holds what remains of a backup, or
 *   what the store throws.
 */
export async function initBackup(
  store: Store,
  options: InitOptions,
): Promise<{ rootKey: Secret; backup: Backup }> {
  const { signal } = options;
  const crypto = nodeCrypto;
  const rootKey = options.rootKey ?? new Secret(crypto.randomBytes(KEY_BYTES));
  const keys = await deriveBackupKeys(crypto, rootKey);
  let backup: Backup | null = null;
  try {
    const create = { invite: options.invite ?? null };
    await store.account?.actAs({ kind: 'owner', owner: keys, create });
    if ((await listHeadNumbers(store, signal)).length > 0) throw exists();
    await assertNoRemains(store, 'begin a backup', signal);
    const device = await DeviceState.open(options.device, keys.ownId, crypto.randomBytes);
    backup = new Backup({ store, crypto, keys, device });
    const keyring = new Keyring([new Secret(crypto.randomBytes(KEY_BYTES))]);
    const keyringObject = await sealKeyring(crypto, keys.keyringKey, keys.backupId, keyring);
    const keyringHash = crypto.sha256(keyringObject);
    await backup.useKeyring(keyring, keyringHash);
    await store.put(keyringName(keyringHash), keyringObject, { signal });
    await putKeyRecord(backup, rootKey, signal);
    const session = new WriteSession(backup, { packBuffers: 2, signal });
    await session.commit([], async () => ({ catalog: [], nextSnapshotNumber: 1 }));
    return { rootKey, backup };
  } catch (error) {
    if (backup === null) wipeRootKeys(keys);
    else await backup.close();
    if (options.rootKey === undefined) rootKey.wipe();
    throw error;
  }
}

function exists(): HoldfastError {
  return new HoldfastError('backup-exists', 'Cannot begin a backup: this store holds one already');
}
