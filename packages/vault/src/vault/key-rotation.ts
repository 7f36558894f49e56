/**
 * Which wrapping key wraps, since when, and which are ended (spec/vault-protocol.md §11.5): noted in the
 * database, and all nodes follow, so that a node that was killed anywhere leaves nothing half done.
 */
import { ByteReader, ByteWriter } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Hsm, WrappingKeys } from '../hsm/index.ts';
import type { RecordStore } from '../records/index.ts';
import { type ReadPlace, readSealedSetting, SealedSetting } from './sealed-setting.ts';

/** How long a wrapping key wraps, in served time. */
export const WRAPPING_KEY_MS = 30 * 24 * 3600 * 1000;

const SETTING = 'wrapping-key';
const TRIES_MAX = 64;

export interface Rotation {
  /** Number of the key that wraps. */
  readonly number: number;
  /** Since when, in served time. */
  readonly sinceMs: number;
  /** Wrapping keys below this number are destroyed, or are to be. */
  readonly endedBefore: number;
}

export interface KeyRotationOptions {
  readonly hsm: Hsm;
  readonly records: RecordStore;
  /** Served time, milliseconds. */
  readonly servedMs: () => number;
}

export class KeyRotation {
  readonly #options: KeyRotationOptions;
  readonly #setting: SealedSetting;
  #rotation: Rotation | null = null;
  #keys: WrappingKeys | null = null;

  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#setting = new SealedSetting(options, SETTING);
  }

  /** As of the last step. @throws {TypeError} before the first. */
  get current(): Rotation & { readonly keys: WrappingKeys } {
    if (this.#rotation === null || this.#keys === null) {
      throw new TypeError('"rotation" must be stepped before it is used');
    }
    return { ...this.#rotation, keys: this.#keys };
  }

  /** Moves on when it is due and the HSM has a next key; destroys what is ended. */
  async step(): Promise<void> {
    const rotation = await this.#exchange((noted, keys, nowMs) => {
      const { number, sinceMs } = noted;
      // A database that was set back names a key that is destroyed.
      if (number < keys.first) return { ...noted, number: keys.first, sinceMs: nowMs };
      const isDue = nowMs - sinceMs >= WRAPPING_KEY_MS && number < keys.last;
      return isDue ? { ...noted, number: number + 1, sinceMs: nowMs } : noted;
    });
    await this.#destroyEnded(rotation);
  }

  /** Moves on before it is due. @returns false when the HSM has no next key. */
  async moveOn(): Promise<boolean> {
    const { number } = this.current;
    const rotation = await this.#exchange((noted, keys, nowMs) => {
      const isFirst = noted.number === number && number < keys.last;
      return isFirst ? { ...noted, number: number + 1, sinceMs: nowMs } : noted;
    });
    return rotation.number > number;
  }

  /** Ends all wrapping keys before that which wraps, for good: see `verifyCopy()`. @param number Its own. */
  async endBefore(number: number): Promise<void> {
    const rotation = await this.#exchange((noted) => ({
      ...noted,
      endedBefore: Math.max(noted.endedBefore, Math.min(number, noted.number)),
    }));
    await this.#destroyEnded(rotation);
  }

  async #destroyEnded({ endedBefore }: Rotation): Promise<void> {
    const { hsm } = this.#options;
    if (this.current.keys.first >= endedBefore) return;
    await hsm.destroyWrappingKeysBefore(endedBefore);
    this.#keys = await hsm.wrappingKeys();
  }

  /** Changes what is noted, unless `change` leaves it as it is; until nobody was faster. */
  async #exchange(
    change: (noted: Rotation, keys: WrappingKeys, nowMs: number) => Rotation,
  ): Promise<Rotation> {
    const { hsm, servedMs } = this.#options;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const keys = await hsm.wrappingKeys();
      const setting = await this.#setting.read();
      const noted =
        setting.value === null
          ? { number: keys.first, sinceMs: servedMs(), endedBefore: keys.first }
          : decodeRotation(setting.value);
      const rotation = change(noted, keys, servedMs());
      const isNoted = rotation === noted && setting.value !== null;
      if (!isNoted && !(await this.#setting.write(setting, encodeRotation(rotation)))) continue;
      this.#keys = keys;
      this.#rotation = rotation;
      return rotation;
    }
    throw new HoldfastError('busy', 'Cannot note the wrapping key: too many nodes do at once');
  }
}

/** What a database has noted; null when nothing. @throws {HoldfastError} `internal` as `readSealedSetting()`. */
export async function readRotation(place: ReadPlace): Promise<Rotation | null> {
  const { value } = await readSealedSetting(place, SETTING);
  return value === null ? null : decodeRotation(value);
}

function encodeRotation({ number, sinceMs, endedBefore }: Rotation): Uint8Array {
  return new ByteWriter().u32(number).varint(sinceMs).u32(endedBefore).finish();
}

function decodeRotation(bytes: Uint8Array): Rotation {
  const reader = new ByteReader(bytes, 'note of the wrapping key');
  const rotation = { number: reader.u32(), sinceMs: reader.varint(), endedBefore: reader.u32() };
  reader.end();
  return rotation;
}
