/** How often the keys of a backup were rotated, and when, by the store's clock. */
import { equalBytes } from '@holdfast/core/bytes';
import type { Backup } from './backup.ts';
import { keyringName, rotationName } from './object-names.ts';

/** What happened never has no time; nor has what the store does not tell. */
export interface KeyDates {
  /** How often the root key was changed. */
  readonly generation: number;
  readonly rootKeySinceMs: number | null;
  readonly epoch: number;
  readonly epochSinceMs: number | null;
}

export async function readKeyDates(
  { store, keys, keyring, keyringHash, rotations }: Backup,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<KeyDates> {
  const writtenAtMs = async (name: string): Promise<number | null> =>
    (await store.stat(name, options))?.writtenAtMs ?? null;
  const last = rotations.find(({ ownerAfter }) => equalBytes(ownerAfter, keys.ownerPublicKey));
  const epoch = keyring.newestEpoch;
  return {
    generation: keys.generation,
    rootKeySinceMs:
      last === undefined ? null : await writtenAtMs(rotationName(last.firstHead.number)),
    epoch,
    epochSinceMs: epoch === 0 ? null : await writtenAtMs(keyringName(keyringHash)),
  };
}
