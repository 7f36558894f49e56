/**
 * Beginning an epoch: what is written from then on is sealed under a new key, which the root key opens as
 * it does the others (spec/rotation.md §2).
 */
import { sealKeyring } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import { KEY_BYTES } from '@holdfast/core/wire';
import type { Backup } from '../repository/backup.ts';
import { HeadWriter } from '../repository/head-writer.ts';
import { keyringName } from '../repository/object-names.ts';

/** Other devices that may come first before this gives up. */
const ATTEMPTS = 20;

/**
 * Begins the next epoch. Nothing that is stored is sealed anew; until the head is there nothing has
 * happened.
 *
 * @returns The epoch, from 1 on, and the number of the head that began it.
 * @throws {HoldfastError} `limit-exceeded` when the keyring is full, `contention` when others were first
 *   time after time, `damaged` when the newest state may not be known, or what the store throws.
 */
export async function rotateEpoch(
  backup: Backup,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<{ readonly epoch: number; readonly head: number }> {
  const { signal } = options;
  const { crypto, keys, store } = backup;
  const heads = new HeadWriter(backup, { signal });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    heads.assertNewest();
    const base = backup.state;
    const epochKey = new Secret(crypto.randomBytes(KEY_BYTES));
    const keyring = backup.keyring.withNextEpoch(epochKey);
    const object = await sealKeyring(crypto, keys.keyringKey, backup.id, keyring);
    const hash = await crypto.sha256(object);
    await store.put(keyringName(hash), object, { signal });
    const under = { keyring, keyringHash: hash };
    const state = await heads.put(base, base.root, base.headState, base.segments, under);
    if (state !== null) {
      await backup.useKeyring(keyring, hash);
      return { epoch: keyring.newestEpoch, head: state.head.number };
    }
    epochKey.wipe();
    await backup.refresh(signal);
  }
  throw new HoldfastError('contention', 'Cannot finish: other devices kept writing meanwhile');
}
