/**
 * The keyring that heads name now, and all that were named before while the backup was open: readers
 * may still have one of those, and writers a key of it.
 */
import { deriveChunkNameKey, type Keyring } from '@holdfast/core/backup-format';
import type { CryptoPort } from '@holdfast/core/crypto';
import type { Secret } from '@holdfast/core/secret';

interface InUse {
  readonly keyring: Keyring;
  /** SHA-256 of the keyring object, and so its name. */
  readonly hash: Uint8Array;
  /** Names chunks; 32 bytes. */
  readonly chunkNameKey: Secret;
}

export class KeyringsInUse {
  readonly #all = new Set<Keyring | Secret>();
  #newest: InUse | null = null;

  /** null before the first one is taken into use. */
  get newest(): InUse | null {
    return this.#newest;
  }

  /** All name chunks with one key, as long as they have the same key of epoch 0, as those of one backup do. */
  async use(crypto: CryptoPort, keyring: Keyring, hash: Uint8Array): Promise<void> {
    const firstEpochKey = keyring.epochKeys[0] as Secret;
    const before = this.#newest;
    const isSame = before?.keyring.epochKeys[0]?.equals(firstEpochKey) ?? false;
    const chunkNameKey =
      before !== null && isSame
        ? before.chunkNameKey
        : await deriveChunkNameKey(crypto, firstEpochKey);
    this.#all.add(keyring).add(chunkNameKey);
    this.#newest = { keyring, hash, chunkNameKey };
  }

  wipe(): void {
    for (const one of this.#all) one.wipe();
  }
}
