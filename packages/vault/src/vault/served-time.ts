/**
 * Served time: for how long a vault's service was up (spec/vault-protocol.md §4.3). Whatever ends a
 * delay or destroys a key counts it, so no clock that jumps can do either.
 *
 * All nodes of a vault share one count in the database, sealed by the HSM. Who has seen a count there
 * for a while exchanges it for one that is greater by that while, unless somebody was faster: so each
 * moment is counted once.
 */
import { ByteReader, ByteWriter, equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { label } from '@holdfast/core/wire';
import type { Hsm } from '../hsm/index.ts';
import type { RecordStore } from '../records/index.ts';

/** Most that one step counts, in milliseconds. */
const STEP_MAX_MS = 2 * 60 * 1000;

const SETTING = 'served-time';
const CONTEXT = label('vault-served-time');

export interface ServedTimeOptions {
  readonly hsm: Hsm;
  readonly records: RecordStore;
  /** Never goes back; milliseconds since whenever. */
  readonly monotonicMs: () => number;
}

/** A count as it lies in the database, and since when it was seen there. */
interface Seen {
  readonly sealed: Uint8Array | null;
  readonly servedMs: number;
  readonly sinceMs: number;
}

export class ServedTime {
  readonly #options: ServedTimeOptions;
  #seen: Seen;

  constructor(options: ServedTimeOptions, seen: Seen) {
    this.#options = options;
    this.#seen = seen;
  }

  /** Now, in milliseconds. */
  nowMs(): number {
    return this.#seen.servedMs + this.#passedMs();
  }

  /** Counts what went by; due about once a minute on each node. */
  async step(): Promise<void> {
    const { hsm, records, monotonicMs } = this.#options;
    const before = this.#seen;
    const stored = await records.readSetting(SETTING);
    if (!isSame(stored, before.sealed)) {
      this.#seen = await readSeen(this.#options, stored);
      return;
    }
    const servedMs = this.nowMs();
    const sinceMs = monotonicMs();
    const sealed = await hsm.seal(CONTEXT, new ByteWriter(16).varint(servedMs).finish());
    const outcome = await records.writeSetting(SETTING, before.sealed, sealed);
    if (outcome === 'written') this.#seen = { sealed, servedMs, sinceMs };
    else this.#seen = await readSeen(this.#options, await records.readSetting(SETTING));
  }

  #passedMs(): number {
    const passedMs = Math.floor(this.#options.monotonicMs() - this.#seen.sinceMs);
    return Math.min(Math.max(passedMs, 0), STEP_MAX_MS);
  }
}

/** @throws {HoldfastError} `internal` when the database's count is not what the HSM sealed. */
export async function openServedTime(options: ServedTimeOptions): Promise<ServedTime> {
  const stored = await options.records.readSetting(SETTING);
  const served = new ServedTime(options, await readSeen(options, stored));
  await served.step();
  return served;
}

/**
 * The count as it lies in the database, for who only looks; in milliseconds.
 *
 * @throws {HoldfastError} `internal` when it is not what the HSM sealed.
 */
export async function readServedMs({
  hsm,
  records,
}: Pick<ServedTimeOptions, 'hsm' | 'records'>): Promise<number> {
  const stored = await records.readSetting(SETTING);
  return (await readSeen({ hsm, records, monotonicMs: () => 0 }, stored)).servedMs;
}

async function readSeen(
  { hsm, monotonicMs }: ServedTimeOptions,
  sealed: Uint8Array | null,
): Promise<Seen> {
  const sinceMs = monotonicMs();
  if (sealed === null) return { sealed, servedMs: 0, sinceMs };
  const opened = await hsm.open(CONTEXT, sealed);
  if (opened === null) {
    const state = 'its count of time was changed, or is of another HSM';
    throw new HoldfastError('internal', `Cannot use the vault's database: ${state}`);
  }
  const reader = new ByteReader(opened, 'count of time');
  const servedMs = reader.varint();
  reader.end();
  return { sealed, servedMs, sinceMs };
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}
