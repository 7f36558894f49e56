/**
 * The store as it stands to one state: which packs it holds, which are marked, which are needed.
 */
import { packBytes } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { Backup, BackupState } from '../repository/backup.ts';
import { type Mark, readMarks } from '../repository/mark-objects.ts';
import { PACK_PREFIX } from '../repository/object-names.ts';
import {
  findSnapshotBlobs,
  isNeeded,
  type LiveOptions,
  measurePacks,
  type PackUse,
  type Reached,
} from './pack-use.ts';

/** A pack in the store that a state does not need. */
export interface Unused {
  /** 64 hex digits. */
  readonly name: string;
  readonly bytes: number;
}

export interface Survey {
  readonly state: BackupState;
  readonly marks: readonly Mark[];
  /** Packs in the store: name to length. */
  readonly stored: ReadonlyMap<string, number>;
  /** Packs in the index of the state. */
  readonly uses: ReadonlyMap<string, PackUse>;
  readonly reached: Reached;
  readonly unused: readonly Unused[];
  /** Packs that are needed, and that the store has lost or cut short. */
  readonly missing: readonly PackUse[];
}

export class Surveyor {
  readonly #backup: Backup;
  readonly #options: LiveOptions;
  /** What snapshots use, and the catalog that it holds for. */
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
    const stored = new Map<string, number>();
    for await (const { name, lengthBytes } of backup.store.list(PACK_PREFIX, { signal })) {
      const hex = name.slice(name.lastIndexOf('/') + 1);
      if (/^[0-9a-f]{64}$/.test(hex)) stored.set(hex, lengthBytes);
    }
    const reached = await this.#reach(state);
    const uses = await measurePacks(backup, state, reached.live, this.#options);
    const unused = findUnused(stored, uses);
    const missing = findMissing(stored, uses);
    return { state, marks, stored, uses, reached, unused, missing };
  }

  /** The same catalog reaches the same blobs, whatever the rest of the state. */
  async #reach(state: BackupState): Promise<Reached> {
    const catalog = state.root.catalog
      .map(({ root }) => `${toHex(root.stream)}:${root.offset}`)
      .join();
    if (this.#known?.catalog !== catalog) {
      const reached = await findSnapshotBlobs(this.#backup, state, this.#options);
      this.#known = { catalog, reached };
    }
    return this.#known.reached;
  }
}

function findMissing(
  stored: ReadonlyMap<string, number>,
  uses: ReadonlyMap<string, PackUse>,
): readonly PackUse[] {
  const needed = [...uses].filter(([, use]) => isNeeded(use));
  return needed
    .filter(([name, { pack }]) => stored.get(name) !== packBytes(pack.k))
    .map(([, use]) => use);
}

export function findUnused(
  stored: ReadonlyMap<string, number>,
  uses: ReadonlyMap<string, PackUse>,
): readonly Unused[] {
  const unused: Unused[] = [];
  for (const [name, bytes] of stored) {
    if (!isNeeded(uses.get(name))) unused.push({ name, bytes });
  }
  return unused;
}

/** Length of all of them together. */
export function sumBytes(packs: readonly Unused[]): number {
  let bytes = 0;
  for (const pack of packs) bytes += pack.bytes;
  return bytes;
}
