/**
 * The wrapping keys of a software HSM (spec/vault-protocol.md §11.3): a chain, each derived from the one
 * before, of which only the eldest that is not destroyed is kept. So every copy of the key file, on whatever
 * machine, goes on to the same keys, and from none of them can one derive those before.
 */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { KEY_BYTES, label } from '@holdfast/core/wire';

/** Number of the last: 800 years of one a month. */
export const LAST_WRAPPING_KEY = 10_000;
const NO_SALT = new Uint8Array(0);

export class WrappingKeyChain {
  /** Number of the eldest. */
  readonly first: number;
  /** From the first on, as far as they were asked for. */
  readonly #keys: Uint8Array[];

  /** @param key The eldest, 32 bytes; taken over. */
  constructor(first: number, key: Uint8Array) {
    this.first = first;
    this.#keys = [key];
  }

  /** @returns A copy, to be wiped; null when there is no such key, or no more. */
  key(number: number): Uint8Array | null {
    const isThere = number >= this.first && number <= LAST_WRAPPING_KEY;
    if (!isThere || !Number.isInteger(number)) return null;
    while (this.#keys.length <= number - this.first) {
      this.#keys.push(nextKey(this.#keys.at(-1) as Uint8Array));
    }
    return (this.#keys[number - this.first] as Uint8Array).slice();
  }

  wipe(): void {
    for (const key of this.#keys) key.fill(0);
  }
}

function nextKey(key: Uint8Array): Uint8Array {
  return nodeCrypto.hkdfSha256(key, NO_SALT, label('hsm-next-wrapping-key'), KEY_BYTES);
}
