/**
 * A walk through all ledgers, when the wrapping key or the vault's limits have changed: each is looked
 * after once (spec/vault-protocol.md §11.5).
 *
 * Where it is lies in the database, so that a node that was killed has lost no more than a page, and
 * nodes take turns.
 */
import { ByteReader, ByteWriter } from '@holdfast/core/bytes';
import type { VaultLimits } from '@holdfast/core/vault-protocol';
import type { Hsm } from '../hsm/index.ts';
import { HASH_BYTES, type RecordStore } from '../records/record-store.ts';
import type { KeyRotation } from './key-rotation.ts';
import type { LedgerUpkeep } from './ledger-upkeep.ts';
import {
  type ReadPlace,
  type ReadSetting,
  readSealedSetting,
  SealedSetting,
} from './sealed-setting.ts';

/** Ledgers in one step, and how long it may take. */
const PAGE = 1000;
const STEP_MS = 20_000;
/** After which what was made under the wrapping key before is in the database, or never will be. */
const SETTLED_MS = 10 * 60 * 1000;

const SETTING = 'ledger-walk';

export interface Walk {
  /** Number of the wrapping key that all keys shall be under. */
  readonly wrappingKey: number;
  readonly limits: Pick<VaultLimits, 'guesses' | 'lifetime'>;
  /** How many ledgers were looked after. */
  readonly count: number;
  /** Id of the last of them; null: none. */
  readonly after: Uint8Array | null;
  readonly isDone: boolean;
}

export interface LedgerWalkOptions {
  readonly hsm: Hsm;
  readonly records: RecordStore;
  readonly rotation: KeyRotation;
  readonly upkeep: LedgerUpkeep;
  readonly limits: VaultLimits;
  /** Served time, milliseconds. */
  readonly servedMs: () => number;
  readonly monotonicMs: () => number;
}

export class LedgerWalk {
  readonly #options: LedgerWalkOptions;
  readonly #setting: SealedSetting;

  constructor(options: LedgerWalkOptions) {
    this.#options = options;
    this.#setting = new SealedSetting(options, SETTING);
  }

  /** Notes what there is to walk for, and begins anew if that has changed. */
  async prepare(): Promise<void> {
    await this.#prepared();
  }

  /** Goes on by a page, if there is need. */
  async step(): Promise<void> {
    const { rotation, records, servedMs } = this.#options;
    const prepared = await this.#prepared();
    if (prepared === null || prepared.walk.isDone) return;
    if (servedMs() - rotation.current.sinceMs < SETTLED_MS) return;
    const { setting, walk } = prepared;
    const page = await records.listLedgers(walk.after, PAGE);
    const visited = await this.#visit(page);
    const next: Walk = {
      ...walk,
      count: walk.count + visited.length,
      after: visited.at(-1) ?? walk.after,
      isDone: visited.length === page.length && page.length < PAGE,
    };
    // Who was faster did the same.
    await this.#setting.write(setting, encodeWalk(next));
  }

  /** @returns Those of the page that there was time for. */
  async #visit(page: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const { monotonicMs, upkeep } = this.#options;
    const untilMs = monotonicMs() + STEP_MS;
    for (const [i, backupId] of page.entries()) {
      if (monotonicMs() >= untilMs) return page.slice(0, i);
      await upkeep.visit(backupId);
    }
    return page;
  }

  /** @returns null when another node was faster. */
  async #prepared(): Promise<{ readonly setting: ReadSetting; readonly walk: Walk } | null> {
    const { limits, rotation } = this.#options;
    const setting = await this.#setting.read();
    const walk = decodeWalk(setting);
    const goal = { wrappingKey: rotation.current.number, limits };
    if (walk !== null && isSameGoal(walk, goal)) return { setting, walk };
    const begun: Walk = { ...goal, count: 0, after: null, isDone: false };
    const written = await this.#setting.write(setting, encodeWalk(begun));
    return written === null ? null : { setting: written, walk: begun };
  }
}

/** The walk that a database has noted; null when none. @throws {HoldfastError} `internal` as `readSealedSetting()`. */
export async function readWalk(place: ReadPlace): Promise<Walk | null> {
  return decodeWalk(await readSealedSetting(place, SETTING));
}

function isSameGoal(
  { wrappingKey, limits }: Walk,
  goal: Pick<Walk, 'wrappingKey' | 'limits'>,
): boolean {
  return (
    wrappingKey === goal.wrappingKey &&
    limits.guesses === goal.limits.guesses &&
    limits.lifetime === goal.limits.lifetime
  );
}

function encodeWalk({ wrappingKey, limits, count, after, isDone }: Walk): Uint8Array {
  const writer = new ByteWriter().u32(wrappingKey).u8(limits.guesses).u32(limits.lifetime);
  writer.varint(count).u8(Number(isDone));
  return writer.raw(after ?? new Uint8Array(0)).finish();
}

function decodeWalk({ value }: ReadSetting): Walk | null {
  if (value === null) return null;
  const reader = new ByteReader(value, 'note of the walk');
  const wrappingKey = reader.u32();
  const limits = { guesses: reader.u8(), lifetime: reader.u32() };
  const count = reader.varint();
  const isDone = reader.u8() === 1;
  const after = reader.remaining === 0 ? null : reader.raw(HASH_BYTES).slice();
  reader.end();
  return { wrappingKey, limits, count, after, isDone };
}
