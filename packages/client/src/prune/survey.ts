/**
 * The store as it stands to one state: which packs it lists, which are marked, which are needed.
 */
import { packBytes } from '@holdfast/core/backup-format';
import type { Backup } from '../repository/backup.ts';
import { type Mark, readMarks } from '../repository/mark-objects.ts';
import { PACK_PREFIX } from '../repository/object-names.ts';
import type { BackupState } from '../repository/read-state.ts';
import { layerKeys } from '../table/index.ts';
import {
  findReached,
  type IndexedPack,
  isNeeded,
  type LiveOptions,
  measurePacks,
  type Reached,
} from './indexed-packs.ts';

/** A pack that is listed and not needed. */
export interface DeadPack {
  /** 64 hex digits. */
  readonly name: string;
  readonly bytes: number;
}

export interface Survey {
  readonly state: BackupState;
  readonly marks: readonly Mark[];
  /** Packs that the store lists: name to length. */
  readonly listed: ReadonlyMap<string, number>;
  /** Packs that the index of the state names. */
  readonly indexed: ReadonlyMap<string, IndexedPack>;
  readonly reached: Reached;
  readonly dead: readonly DeadPack[];
  /** Packs that are needed, and not listed or not at their length. */
  readonly missing: readonly IndexedPack[];
}

export class Surveyor {
  readonly #backup: Backup;
  readonly #options: LiveOptions;
  /** What is live, and the catalog that it holds for. */
  #known: { readonly catalog: string; readonly reached: Reached } | null = null;

  constructor(backup: Backup, options: LiveOptions) {
    this.#backup = backup;
    this.#options = options;
  }

  /** @throws {HoldfastError} `damaged` or `object-missing` when a table or a mark can't be read. */
  async look(state: BackupState): Promise<Survey> {
    const backup = this.#backup;
    const { signal } = this.#options;
    // Before the packs: what an order names and the listing does not show is gone.
    const marks = await readMarks(backup, signal);
    const listed = new Map<string, number>();
    for await (const { name, lengthBytes } of backup.store.list(PACK_PREFIX, { signal })) {
      const hex = name.slice(name.lastIndexOf('/') + 1);
      if (/^[0-9a-f]{64}$/.test(hex)) listed.set(hex, lengthBytes);
    }
    const reached = await this.#reach(state);
    const indexed = await measurePacks(backup, state, reached.live, this.#options);
    const dead = findDead(listed, indexed);
    const missing = findMissing(listed, indexed);
    return { state, marks, listed, indexed, reached, dead, missing };
  }

  /** The same catalog reaches the same blobs, whatever the rest of the state. */
  async #reach(state: BackupState): Promise<Reached> {
    const catalog = layerKeys(state.root.catalog).join();
    if (this.#known?.catalog !== catalog) {
      const reached = await findReached(this.#backup, state, this.#options);
      this.#known = { catalog, reached };
    }
    return this.#known.reached;
  }
}

function findMissing(
  listed: ReadonlyMap<string, number>,
  indexed: ReadonlyMap<string, IndexedPack>,
): readonly IndexedPack[] {
  const needed = [...indexed].filter(([, pack]) => isNeeded(pack));
  return needed
    .filter(([name, { ref }]) => listed.get(name) !== packBytes(ref.k))
    .map(([, pack]) => pack);
}

export function findDead(
  listed: ReadonlyMap<string, number>,
  indexed: ReadonlyMap<string, IndexedPack>,
): readonly DeadPack[] {
  const dead: DeadPack[] = [];
  for (const [name, bytes] of listed) {
    if (!isNeeded(indexed.get(name))) dead.push({ name, bytes });
  }
  return dead;
}

/** Length of all of them together. */
export function sumBytes(packs: readonly DeadPack[]): number {
  let bytes = 0;
  for (const pack of packs) bytes += pack.bytes;
  return bytes;
}
