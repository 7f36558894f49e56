/**
 * The keys of packs, each derived once, until the backup is closed. That one can't be derived is not kept:
 * a newer keyring may have the epoch.
 */
import {
  derivePackKeys,
  type Keyring,
  type PackKeys,
  type PackRef,
} from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';

export class PackKeyCache {
  readonly #crypto: CryptoPort;
  readonly #keys = new Map<string, Promise<PackKeys>>();

  constructor(crypto: CryptoPort) {
    this.#crypto = crypto;
  }

  /** @throws {HoldfastError} `damaged` when the keyring has no such epoch. */
  get(keyring: Keyring, pack: PackRef): Promise<PackKeys> {
    const id = `${pack.epoch}:${pack.k}:${toHex(pack.salt)}`;
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const keys = derivePackKeys(this.#crypto, keyring, pack);
    this.#keys.set(id, keys);
    keys.catch(() => this.#keys.delete(id));
    return keys;
  }

  /** Overwrites all keys. */
  async wipe(): Promise<void> {
    for (const one of await Promise.allSettled(this.#keys.values())) {
      if (one.status === 'fulfilled') one.value.key.fill(0);
    }
    this.#keys.clear();
  }
}
