/**
 * What a new state takes from older ones, and whether it is still there when another device has
 * put a head first (spec/prune.md §3).
 */
import {
  type Address,
  decodeSnapshotEntry,
  type Segment,
  type SnapshotEntry,
  snapshotKey,
  type Table,
} from '@holdfast/core/backup-format';
import { equalBytes, toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { findEntry, layerKeys } from '../table/index.ts';
import type { Backup } from './backup.ts';
import { readOrderedPacks } from './mark-objects.ts';
import { PACK_PREFIX, packName } from './object-names.ts';
import type { BackupState } from './read-state.ts';
import { SegmentMap } from './segment-map.ts';
import { StreamRanges } from './stream-ranges.ts';

/** Up to so many packs are looked for one by one; more by a listing of all. */
const STATS_MOST = 32;

const MARK_UNREADABLE =
  'other devices keep writing, and a mark of prune that can not be read may hide what is to be deleted; "check" names it';

/** A prune has removed what a new state was built on: the work is to be done again. */
export class PrunedMeanwhile extends HoldfastError {
  constructor(state = 'what this builds on was pruned meanwhile') {
    super('contention', `Cannot finish: ${state}`);
  }
}

/** A snapshot as its number and its file table tell it. */
interface ListedSnapshot {
  readonly number: number;
  readonly files: Table;
}

export class Footing {
  readonly #backup: Backup;
  readonly #ranges = new StreamRanges();
  #base: BackupState | null;
  #snapshot: ListedSnapshot | null = null;

  /** Stands on the newest state that the backup has read. */
  constructor(backup: Backup) {
    this.#backup = backup;
    this.#base = backup.stateOrNull;
  }

  /** The new state refers to a blob that an older session stored. */
  relyOn({ stream, offset, storedBytes }: Address): void {
    this.#ranges.add(stream, offset, storedBytes);
  }

  /** The new state refers to what this snapshot's tables do. */
  relyOnSnapshot(snapshot: ListedSnapshot): void {
    this.#snapshot = snapshot;
  }

  /**
   * Goes over to a newer state as base.
   *
   * @param own Segments of packs that no state may name yet.
   * @throws {PrunedMeanwhile} when something relied on is gone, or about to go.
   */
  async moveTo(
    base: BackupState | null,
    own: readonly Segment[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const before = this.#base;
    if (base === null || before === null || equalBytes(base.head.hash, before.head.hash)) return;
    await this.#assertOwnPacks(base, own, signal);
    const known = new SegmentMap();
    for (const segment of base.segments.segments()) known.add(segment);
    for (const segment of own) known.add(segment);
    for (const { stream, start, lengthBytes } of this.#ranges.all()) {
      if (!known.covers(stream, start, lengthBytes)) throw new PrunedMeanwhile();
    }
    const isKept = coversAll(base.segments, before.segments);
    if (!isKept && !(await this.#hasTables(base, signal))) {
      throw new PrunedMeanwhile();
    }
    this.#base = base;
  }

  /** @throws {PrunedMeanwhile} unless a state still lists the snapshot. */
  async assertListed(state: BackupState, number: number, signal: AbortSignal | undefined) {
    if ((await this.#find(state, number, signal)) === null) throw new PrunedMeanwhile();
  }

  /** Orders first, then the packs themselves: an order is removed only after its packs are. */
  async #assertOwnPacks(
    base: BackupState,
    own: readonly Segment[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (own.length === 0) return;
    const packs = new Set(own.map(({ pack }) => toHex(pack.name)));
    const ordered = await readOrderedPacks(this.#backup, signal);
    if (ordered === null) throw new PrunedMeanwhile(MARK_UNREADABLE);
    if (!packs.isDisjointFrom(ordered)) throw new PrunedMeanwhile();
    if (!(await this.#areStored(own, packs, signal))) throw new PrunedMeanwhile();
    // Others may have taken up these packs, and moved what they used of them.
    const moved = new StreamRanges();
    for (const { stream, start, lengthBytes, pack } of base.segments.segments()) {
      if (!packs.has(toHex(pack.name))) moved.add(stream, start, lengthBytes);
    }
    if (own.some((segment) => moved.overlaps(segment))) throw new PrunedMeanwhile();
  }

  async #areStored(
    own: readonly Segment[],
    packs: ReadonlySet<string>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { store } = this.#backup;
    const missing = new Set([...packs]);
    if (packs.size <= STATS_MOST) {
      for (const { pack } of own) {
        const hex = toHex(pack.name);
        if (!missing.has(hex)) continue;
        if ((await store.stat(packName(pack.name), { signal })) === null) return false;
        missing.delete(hex);
      }
    } else {
      for await (const { name } of store.list(PACK_PREFIX, { signal })) {
        missing.delete(name.slice(name.lastIndexOf('/') + 1));
      }
    }
    return missing.size === 0;
  }

  /** Whether the snapshot relied on is listed with the same tables. */
  async #hasTables(state: BackupState, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#snapshot === null) return true;
    const found = await this.#find(state, this.#snapshot.number, signal);
    return (
      found !== null && layerKeys(found.files).join() === layerKeys(this.#snapshot.files).join()
    );
  }

  async #find(
    { root, segments }: BackupState,
    number: number,
    signal: AbortSignal | undefined,
  ): Promise<SnapshotEntry | null> {
    const { read } = this.#backup.reader(signal, segments);
    const found = await findEntry(read, root.catalog, snapshotKey(number));
    return found === null ? null : decodeSnapshotEntry(found.addresses, found.value);
  }
}

/** Whether every place that the older index knows is known to the newer. */
function coversAll(newer: SegmentMap, older: SegmentMap): boolean {
  for (const { stream, start, lengthBytes } of older.segments()) {
    if (!newer.covers(stream, start, lengthBytes)) return false;
  }
  return true;
}
