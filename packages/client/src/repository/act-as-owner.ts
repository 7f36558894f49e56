/** Telling a store whose backup it is about, for who opens none there. */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import type { Secret } from '@holdfast/core/secret';
import type { Store } from '../stores/store.ts';
import { deriveBackupKeys, wipeRootKeys } from './backup-keys.ts';

/** @param rootKey 32 bytes; stays the caller's. */
export async function actAsOwner(store: Store, rootKey: Secret): Promise<void> {
  if (store.account === null) return;
  const owner = await deriveBackupKeys(nodeCrypto, rootKey);
  try {
    await store.account.actAs({ kind: 'owner', owner });
  } finally {
    wipeRootKeys(owner);
  }
}
