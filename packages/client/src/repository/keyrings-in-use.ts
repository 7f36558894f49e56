/**
 * The keyring that heads name now, and all that were named before while the backup was open: readers
 * may still have one of those.
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
  readonly #all = new Set<Keyring>();
  #newest: InUse | null = null;

  /** null before the first one is taken into use. */
  get newest(): InUse | null {
    return this.#newest;
  }

  async use(crypto: CryptoPort, keyring: Keyring, hash: Uint8Array): Promise<void> {
    this.#all.add(keyring);
    const [firstEpochKey] = keyring.epochKeys;
    const chunkNameKey = await deriveChunkNameKey(crypto, firstEpochKey as Secret);
    this.#newest?.chunkNameKey.wipe();
    this.#newest = { keyring, hash, chunkNameKey };
  }

  wipe(): void {
    for (const keyring of this.#all) keyring.wipe();
    this.#newest?.chunkNameKey.wipe();
  }
}
