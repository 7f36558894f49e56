/**
 * Freeing the space of what no snapshot needs, without locks (spec/prune.md).
 *
 * Packs are marked first. Those marked long enough ago are deleted after a head whose index does
 * not name them any more: whoever was about to use one finds that head in the way and looks again.
 */
import { packBytes, type Segment } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { OnEvent } from '../events.ts';
import { Progress } from '../progress.ts';
import type { Backup, BackupState } from '../repository/backup.ts';
import { PACK_PREFIX } from '../repository/object-names.ts';
import { WriteSession } from '../repository/write-session.ts';
import { readSnapshots } from '../snapshots/list-snapshots.ts';
import { type Copied, copyLive } from './copy-live.ts';
import { type Mark, putMarks, readMarks, removeMarks } from './mark-objects.ts';
import {
  chooseRewriting,
  findSnapshotBlobs,
  isNeeded,
  measurePacks,
  type PackUse,
  type Reached,
  type Rewriting,
  roundUp,
} from './pack-use.ts';
import { redoWhenPruned } from './redo-when-pruned.ts';
import type { StreamRanges } from './stream-ranges.ts';
import { TableTrim } from './trim-tables.ts';

/** Time between marking and deleting: as long as a backup or a restore may well be under way. */
const GRACE_MS = 7 * 24 * 60 * 60 * 1000;
/** Part of all stored bytes that may be dead inside packs in use before packs are rewritten. */
const MAX_UNUSED_FRACTION = 0.05;
/** What one segment takes in the index, roughly. */
const SEGMENT_BYTES = 100;
const DELETES_AT_ONCE = 8;

export interface PruneOptions {
  /** Time between marking and deleting; 7 days by default. */
  readonly graceMs?: number;
  /** Only tells what would be done. */
  readonly dryRun?: boolean;
  /** From 0 to 1; 0.05 by default. */
  readonly maxUnusedFraction?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number;
}

export interface PruneSummary {
  /** Packs that were found to be unused now. */
  readonly marked: number;
  readonly bytesMarked: number;
  readonly deleted: number;
  readonly bytesFreed: number;
  /** Packs of which the used part was copied into new packs; marked with the others. */
  readonly rewritten: number;
  /** Bytes copied. */
  readonly bytesRewritten: number;
  /** Marked packs that are left: they wait for the end of the grace. */
  readonly waiting: number;
  readonly bytesWaiting: number;
}

/**
 * Marks what no snapshot needs, and deletes what was marked long enough ago. Other devices may back
 * up, restore, forget and prune meanwhile. Cut off at any point, it may simply be run again.
 *
 * @throws {RangeError} when an option is out of its range.
 * @throws {HoldfastError} `damaged` or `object-missing` when a table can't be read, because then
 *   nothing is known to be unused; `contention`, `cancelled`, or what the store throws.
 */
export async function prune(backup: Backup, options: PruneOptions = {}): Promise<PruneSummary> {
  const { graceMs = GRACE_MS, maxUnusedFraction = MAX_UNUSED_FRACTION } = options;
  if (!(graceMs >= 0)) throw new RangeError(`"graceMs" must be at least 0: got ${graceMs}`);
  if (!(maxUnusedFraction >= 0 && maxUnusedFraction <= 1)) {
    throw new RangeError(`"maxUnusedFraction" must be 0 to 1: got ${maxUnusedFraction}`);
  }
  const run = new PruneRun(backup, { ...options, graceMs, maxUnusedFraction });
  await redoWhenPruned(backup, () => run.run(), options.signal);
  return run.summary;
}

/** A pack in the store that the newest state does not need. */
interface Unused {
  readonly name: string;
  readonly bytes: number;
}

/** The store as it stands to one state. */
interface Survey {
  readonly state: BackupState;
  readonly marks: readonly Mark[];
  /** Packs in the store: name to length. */
  readonly stored: ReadonlyMap<string, number>;
  readonly uses: ReadonlyMap<string, PackUse>;
  readonly reached: Reached;
  readonly unused: readonly Unused[];
}

type RunOptions = PruneOptions & { readonly graceMs: number; readonly maxUnusedFraction: number };

interface Plan {
  readonly ripe: readonly Unused[];
  readonly rewriting: Rewriting;
}

class PruneRun {
  readonly #backup: Backup;
  readonly #options: RunOptions;
  readonly #progress: Progress;
  readonly #signal: AbortSignal | undefined;
  readonly #now: () => number;
  readonly #counts = {
    marked: 0,
    bytesMarked: 0,
    deleted: 0,
    bytesFreed: 0,
    rewritten: 0,
    bytesRewritten: 0,
    waiting: 0,
    bytesWaiting: 0,
  };
  /** What snapshots use, and the catalog that it holds for. */
  #reached: { readonly catalog: string; readonly reached: Reached } | null = null;

  constructor(backup: Backup, options: RunOptions) {
    this.#backup = backup;
    this.#options = options;
    this.#signal = options.signal;
    this.#now = options.now ?? Date.now;
    this.#progress = new Progress('pruning', options.onEvent);
  }

  get summary(): PruneSummary {
    return { ...this.#counts };
  }

  async run(): Promise<void> {
    await this.#backup.refresh(this.#signal);
    let survey = await this.#look(this.#backup.state);
    const trimmed = await this.#findTrimmed(survey);
    if (this.#options.dryRun) return await this.#foresee(survey, trimmed);
    if (trimmed !== null) {
      await this.#trim();
      survey = await this.#look(this.#backup.state);
    }
    survey = await this.#mark(survey);
    for (let plan = this.#plan(survey); isWorthwhile(plan, survey); plan = this.#plan(survey)) {
      await this.#makeState(survey);
      survey = await this.#mark(await this.#look(this.#backup.state));
      if (!plan.rewriting.isPart) break;
    }
    await this.#tidy(survey);
    this.#countWaiting(survey);
    this.#progress.tell();
  }

  async #look(state: BackupState): Promise<Survey> {
    const backup = this.#backup;
    const signal = this.#signal;
    // Before the packs: what an order names and the listing does not show is gone.
    const marks = await readMarks(backup, signal);
    const stored = new Map<string, number>();
    for await (const { name, lengthBytes } of backup.store.list(PACK_PREFIX, { signal })) {
      const hex = name.slice(name.lastIndexOf('/') + 1);
      if (/^[0-9a-f]{64}$/.test(hex)) stored.set(hex, lengthBytes);
    }
    const options = { signal, onNode: (bytes: number) => this.#progress.add(1, bytes) };
    const reached = await this.#reach(state, options);
    const uses = await measurePacks(backup, state, reached.live, options);
    return { state, marks, stored, uses, reached, unused: findUnused(stored, uses) };
  }

  /**
   * What snapshots show, when tables are to be trimmed: when what they reach beyond that takes more
   * than its part.
   */
  async #findTrimmed({ state, uses, reached }: Survey): Promise<StreamRanges | null> {
    const { shown } = await this.#lookAtTables(state);
    for (const { stream, start, lengthBytes } of reached.nodes.all()) {
      shown.add(stream, start, lengthBytes);
    }
    const needed = [...uses.values()].filter(isNeeded);
    const hiddenBytes = reached.live.totalBytes - shown.totalBytes;
    const isMuch = hiddenBytes > packBytesOf(needed) * this.#options.maxUnusedFraction;
    return isMuch ? shown : null;
  }

  async #lookAtTables({ root, segments }: BackupState): Promise<TableTrim> {
    const { read } = this.#backup.reader(this.#signal, segments);
    return await TableTrim.look(read, await readSnapshots(read, root.catalog), this.#signal);
  }

  /** Makes a state whose tables name only what snapshots show. */
  async #trim(): Promise<void> {
    const session = new WriteSession(this.#backup, { packBuffers: 2, signal: this.#signal });
    await session.commit([], async (base, { write }) => {
      if (base === null) throw new TypeError('"backup" must have a state');
      const trim = await this.#lookAtTables(base);
      const { nextSnapshotNumber } = base.root;
      return { catalog: await trim.write(write), nextSnapshotNumber };
    });
  }

  /** The same catalog reaches the same blobs, whatever the rest of the state. */
  async #reach(state: BackupState, options: { onNode: (bytes: number) => void }): Promise<Reached> {
    const catalog = state.root.catalog
      .map(({ root }) => `${toHex(root.stream)}:${root.offset}`)
      .join();
    if (this.#reached?.catalog !== catalog) {
      const all = { ...options, signal: this.#signal };
      this.#reached = { catalog, reached: await findSnapshotBlobs(this.#backup, state, all) };
    }
    return this.#reached.reached;
  }

  #plan({ marks, unused, uses }: Survey): Plan {
    const { graceMs, maxUnusedFraction } = this.#options;
    const now = this.#now();
    const ripeNames = new Set<string>();
    for (const { atMs, writtenAtMs, packs } of marks.filter(isMark)) {
      if (now - Math.max(atMs, writtenAtMs) < graceMs) continue;
      for (const name of packs) ripeNames.add(name);
    }
    return {
      ripe: unused.filter(({ name }) => ripeNames.has(name)),
      rewriting: chooseRewriting(uses.values(), maxUnusedFraction),
    };
  }

  /** Marks all unused packs that are not marked yet. */
  async #mark(survey: Survey): Promise<Survey> {
    const known = namesIn(survey.marks.filter(isMark));
    const fresh = survey.unused.filter(({ name }) => !known.has(name));
    if (fresh.length === 0) return survey;
    const list = { atMs: this.#now(), fence: 0, packs: fresh.map(({ name }) => name) };
    const marks = await putMarks(this.#backup, list, this.#signal);
    this.#counts.marked += fresh.length;
    this.#counts.bytesMarked += sumBytes(fresh);
    return { ...survey, marks: [...survey.marks, ...marks] };
  }

  /** Makes a state that uses none of the ripe packs, and deletes them. */
  async #makeState(first: Survey): Promise<void> {
    const signal = this.#signal;
    const backup = this.#backup;
    const session = new WriteSession(backup, { packBuffers: 2, signal });
    let orders: readonly Mark[] = [];
    let doomed: readonly Unused[] = [];
    let copied: Copied = NOTHING_COPIED;
    await session.commit([], async (base) => {
      if (base === null) throw new TypeError('"backup" must have a state');
      // Another device has put the head that these were for: they can't come into force any more.
      await removeMarks(backup, orders, signal);
      const survey = base === first.state ? first : await this.#look(base);
      const { ripe, rewriting } = this.#plan(survey);
      copied =
        rewriting.uses.length === 0
          ? NOTHING_COPIED
          : await copyLive(backup, base, rewriting.uses, survey.reached.live, signal);
      ({ orders, doomed } = await this.#order(ripe, survey.marks, base.head.number + 1));
      const dropped = new Set([...copied.packs, ...doomed.map(({ name }) => name)]);
      const segments: Segment[] = [...copied.segments];
      for (const segment of base.segments.segments()) {
        if (!dropped.has(toHex(segment.pack.name))) segments.push(segment);
      }
      const { catalog, nextSnapshotNumber } = base.root;
      return { catalog, nextSnapshotNumber, segments };
    });
    this.#counts.rewritten += copied.packs.size;
    this.#counts.bytesRewritten += copied.bytes;
    await this.#delete(doomed);
    await removeMarks(backup, orders, signal);
  }

  /**
   * Orders packs to be deleted once a head is there.
   *
   * @param fence Number of that head.
   * @returns Those whose grace has passed by the store's clock too.
   */
  async #order(
    ripe: readonly Unused[],
    marks: readonly Mark[],
    fence: number,
  ): Promise<{ orders: readonly Mark[]; doomed: readonly Unused[] }> {
    const { graceMs } = this.#options;
    const signal = this.#signal;
    const write = (packs: readonly Unused[]) => {
      const list = { atMs: this.#now(), fence, packs: packs.map(({ name }) => name) };
      return putMarks(this.#backup, list, signal);
    };
    const orders = await write(ripe);
    const named = namesIn(orders);
    const storeNow = Math.min(...orders.map(({ writtenAtMs }) => writtenAtMs));
    const overdue = namesIn(
      marks.filter((mark) => isMark(mark) && storeNow - mark.writtenAtMs >= graceMs),
    );
    const doomed = ripe.filter(({ name }) => named.has(name) && overdue.has(name));
    if (doomed.length === ripe.length) return { orders, doomed };
    await removeMarks(this.#backup, orders, signal);
    const fewer = await write(doomed);
    const kept = namesIn(fewer);
    return { orders: fewer, doomed: doomed.filter(({ name }) => kept.has(name)) };
  }

  async #delete(packs: readonly Unused[]): Promise<void> {
    for (let from = 0; from < packs.length; from += DELETES_AT_ONCE) {
      const batch = packs.slice(from, from + DELETES_AT_ONCE);
      await Promise.all(
        batch.map(async ({ name, bytes }) => {
          const objectName = `${PACK_PREFIX}${name.slice(0, 2)}/${name}`;
          if (!(await this.#backup.store.delete(objectName, { signal: this.#signal }))) return;
          this.#counts.deleted++;
          this.#counts.bytesFreed += bytes;
        }),
      );
    }
  }

  /** Removes marks that have done their work, and takes packs in use out of the others. */
  async #tidy({ state, marks, stored, unused }: Survey): Promise<void> {
    const unusedNames = new Set(unused.map(({ name }) => name));
    const { packs: indexed } = state.segments;
    for (const mark of marks) {
      const present = mark.packs.filter((name) => stored.has(name));
      const left = present.filter((name) => unusedNames.has(name));
      let isDone = left.length === 0;
      if (mark.fence > 0) {
        // An order in force has no pack that an index names; one that is void by now may have.
        const isVoid =
          mark.fence <= state.head.number && mark.packs.some((name) => indexed.has(name));
        isDone = present.length === 0 || isVoid;
      } else if (left.length > 0 && left.length < present.length) {
        const { atMs, fence } = mark;
        await putMarks(this.#backup, { atMs, fence, packs: left }, this.#signal);
        isDone = true;
      }
      if (isDone) await removeMarks(this.#backup, [mark], this.#signal);
    }
  }

  #countWaiting({ marks, unused }: Survey): void {
    const marked = namesIn(marks.filter(isMark));
    const waiting = unused.filter(({ name }) => marked.has(name));
    this.#counts.waiting = waiting.length;
    this.#counts.bytesWaiting = sumBytes(waiting);
  }

  /** @param trimmed What is left in use when the tables are trimmed; null when they stay. */
  async #foresee(now: Survey, trimmed: StreamRanges | null): Promise<void> {
    let survey = now;
    if (trimmed !== null) {
      const uses = await measurePacks(this.#backup, now.state, trimmed, { signal: this.#signal });
      survey = { ...now, uses, unused: findUnused(now.stored, uses) };
    }
    const known = namesIn(survey.marks.filter(isMark));
    const fresh = survey.unused.filter(({ name }) => !known.has(name));
    const plan = this.#plan(survey);
    const isWorth = isWorthwhile(plan, survey);
    const ripe = isWorth ? plan.ripe : [];
    const rewritten = isWorth ? plan.rewriting.uses : [];
    let bytesRewritten = 0;
    for (const { usedBytes } of rewritten) bytesRewritten += usedBytes;
    Object.assign(this.#counts, {
      marked: fresh.length + rewritten.length,
      bytesMarked: sumBytes(fresh) + packBytesOf(rewritten),
      deleted: ripe.length,
      bytesFreed: sumBytes(ripe),
      rewritten: rewritten.length,
      bytesRewritten,
      waiting: survey.unused.length - ripe.length + rewritten.length,
      bytesWaiting: sumBytes(survey.unused) - sumBytes(ripe) + packBytesOf(rewritten),
    } satisfies PruneSummary);
    this.#progress.tell();
  }
}

function findUnused(
  stored: ReadonlyMap<string, number>,
  uses: ReadonlyMap<string, PackUse>,
): readonly Unused[] {
  const unused: Unused[] = [];
  for (const [name, bytes] of stored) {
    if (!isNeeded(uses.get(name))) unused.push({ name, bytes });
  }
  return unused;
}

const NOTHING_COPIED: Copied = { segments: [], packs: new Set(), bytes: 0 };

/** A new state writes the whole index anew: that should take less than it frees. */
function isWorthwhile({ ripe, rewriting }: Plan, { uses }: Survey): boolean {
  let segments = 0;
  for (const use of uses.values()) segments += use.segments.length;
  const costBytes = roundUp(segments * SEGMENT_BYTES);
  let copiedBytes = 0;
  for (const { usedBytes } of rewriting.uses) copiedBytes += usedBytes;
  const rewrittenBytes = packBytesOf(rewriting.uses) - roundUp(copiedBytes);
  return sumBytes(ripe) + rewrittenBytes > costBytes;
}

/** A mark, and not an order to delete. */
function isMark({ fence }: Mark): boolean {
  return fence === 0;
}

function namesIn(marks: readonly Mark[]): ReadonlySet<string> {
  return new Set(marks.flatMap(({ packs }) => packs));
}

function sumBytes(packs: readonly Unused[]): number {
  let bytes = 0;
  for (const pack of packs) bytes += pack.bytes;
  return bytes;
}

function packBytesOf(uses: readonly PackUse[]): number {
  let bytes = 0;
  for (const { pack } of uses) bytes += packBytes(pack.k);
  return bytes;
}
