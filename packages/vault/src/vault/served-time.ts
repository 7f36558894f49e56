/**
 * Served time: for how long a vault's service was up (spec/vault-protocol.md §4.3). Whatever ends a
 * delay or destroys a key counts it, so no clock that jumps can do either.
 *
 * All nodes of a vault share one count in the database, sealed by the HSM. Who has seen a count there
 * for a while exchanges it for one that is greater by that while, unless somebody was faster: so each
 * moment is counted once.
 */
import { ByteReader, ByteWriter, equalBytes } from '@holdfast/core/bytes';
import type { Hsm } from '../hsm/index.ts';
import type { RecordStore } from '../records/index.ts';
import {
  type ReadPlace,
  type ReadSetting,
  readSealedSetting,
  SealedSetting,
} from './sealed-setting.ts';

/** Most that one step counts, in milliseconds. */
const STEP_MAX_MS = 2 * 60 * 1000;

const SETTING = 'served-time';

export interface ServedTimeOptions {
  readonly hsm: Hsm;
  readonly records: RecordStore;
  /** Never goes back; milliseconds since whenever. */
  readonly monotonicMs: () => number;
}

/** A count as it lies in the database, and since when it was seen there. */
interface Seen {
  readonly setting: ReadSetting;
  readonly servedMs: number;
  readonly sinceMs: number;
}

export class ServedTime {
  readonly #setting: SealedSetting;
  readonly #monotonicMs: () => number;
  #seen: Seen;

  /** @param setting As it was read now. */
  constructor(place: SealedSetting, monotonicMs: () => number, setting: ReadSetting) {
    this.#setting = place;
    this.#monotonicMs = monotonicMs;
    this.#seen = this.#see(setting);
  }

  /** Now, in milliseconds. */
  nowMs(): number {
    return this.#seen.servedMs + this.#passedMs();
  }

  /** Counts what went by; due about once a minute on each node. */
  async step(): Promise<void> {
    const before = this.#seen;
    const stored = await this.#setting.read();
    if (!isSame(stored.sealed, before.setting.sealed)) {
      this.#seen = this.#see(stored);
      return;
    }
    const servedMs = this.nowMs();
    const sinceMs = this.#monotonicMs();
    const setting = await this.#setting.write(before.setting, encodeCount(servedMs));
    if (setting !== null) this.#seen = { setting, servedMs, sinceMs };
    else this.#seen = this.#see(await this.#setting.read());
  }

  #see(setting: ReadSetting): Seen {
    return { setting, servedMs: decodeCount(setting), sinceMs: this.#monotonicMs() };
  }

  #passedMs(): number {
    const passedMs = Math.floor(this.#monotonicMs() - this.#seen.sinceMs);
    return Math.min(Math.max(passedMs, 0), STEP_MAX_MS);
  }
}

/** @throws {HoldfastError} `internal` when the database's count is not what the HSM sealed. */
export async function openServedTime(options: ServedTimeOptions): Promise<ServedTime> {
  const place = new SealedSetting(options, SETTING);
  const served = new ServedTime(place, options.monotonicMs, await place.read());
  await served.step();
  return served;
}

/**
 * The count as it lies in the database, for who only looks; in milliseconds.
 *
 * @throws {HoldfastError} `internal` when it is not what the HSM sealed.
 */
export async function readServedMs(place: ReadPlace): Promise<number> {
  return decodeCount(await readSealedSetting(place, SETTING));
}

function encodeCount(servedMs: number): Uint8Array {
  return new ByteWriter(16).varint(servedMs).finish();
}

function decodeCount({ value }: ReadSetting): number {
  if (value === null) return 0;
  const reader = new ByteReader(value, 'count of time');
  const servedMs = reader.varint();
  reader.end();
  return servedMs;
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}
