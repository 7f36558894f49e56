/**
 * Freeing the space of what no snapshot needs, without locks (spec/prune.md).
 *
 * Packs are marked first. Those marked long enough ago are deleted after a head whose index does
 * not name them any more: whoever was about to use one finds that head in the way and looks again.
 *
 * The words of this folder, each for one thing:
 *
 *     live     bytes of blobs that the catalog leads to, by the address books of table nodes alone
 *     upkeep   bytes of the state's own root and index, which the next state replaces
 *     dead     bytes in a pack that are neither; a listed pack in which nothing is either
 *     shown    what some snapshot shows: of live bytes, those that no newer layer hides
 *     hidden   live, and not shown
 *     unused   dead or hidden: what could be freed, and up to a fraction is left
 *     indexed  a pack that the index of the state names
 *     needed   an indexed pack with something live or upkeep in it
 *     listed   a pack that the store lists
 *     missing  a needed pack that is not listed, or not at its length
 *     marked   a dead pack that a mark names; ripe when the grace has passed since
 *     ordered  a ripe pack that an order names: it is deleted after the fence
 *
 * The order of work: survey, trimming, keep-marks, plan, free-packs (with copy-live), keep-marks.
 */
import type { OnEvent } from '../events.ts';
import { Progress } from '../progress.ts';
import type { Backup } from '../repository/backup.ts';
import { redoWhenPruned } from '../repository/redo-when-pruned.ts';
import { foresee, type PruneSummary } from './foresee.ts';
import { type Freed, freePacks } from './free-packs.ts';
import { findUnmarked, markPacks, measureWaiting, tidyMarks } from './keep-marks.ts';
import { isWorthwhile, type PlanOptions, planFreeing } from './plan.ts';
import { type Survey, Surveyor, sumBytes } from './survey.ts';
import { planTrimming, trim } from './trimming.ts';

/** Time between marking and deleting: as long as a backup or a restore may well be under way. */
const GRACE_MS = 7 * 24 * 60 * 60 * 1000;
/** Part that may be unused before tables are trimmed and packs are rewritten. */
const MAX_UNUSED_FRACTION = 0.05;

export interface PruneOptions {
  /** Time between marking and deleting; 7 days by default. */
  readonly graceMs?: number;
  /** Only tells what would be done. */
  readonly dryRun?: boolean;
  /** Part that may be unused, from 0 to 1; 0.05 by default. */
  readonly maxUnusedFraction?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number;
}

/**
 * Marks what no snapshot needs, and deletes what was marked long enough ago. Other devices may back
 * up, restore, forget and prune meanwhile. Cut off at any point, it may simply be run again.
 *
 * @throws {RangeError} when an option is out of its range.
 * @throws {HoldfastError} `damaged` or `object-missing` when a table can't be read, because then
 *   nothing is known to be dead; `contention`, `cancelled`, or what the store throws.
 */
export async function prune(backup: Backup, options: PruneOptions = {}): Promise<PruneSummary> {
  const { graceMs = GRACE_MS, maxUnusedFraction = MAX_UNUSED_FRACTION, now = Date.now } = options;
  if (!(graceMs >= 0)) throw new RangeError(`"graceMs" must be at least 0: got ${graceMs}`);
  if (!(maxUnusedFraction >= 0 && maxUnusedFraction <= 1)) {
    throw new RangeError(`"maxUnusedFraction" must be 0 to 1: got ${maxUnusedFraction}`);
  }
  const progress = new Progress('pruning', options.onEvent);
  const run = new PruneRun(backup, progress, {
    graceMs,
    maxUnusedFraction,
    now,
    signal: options.signal,
  });
  const act = options.dryRun ? () => run.foresee() : () => run.run();
  const summary = await redoWhenPruned(backup, act, options.signal);
  progress.tell();
  return summary;
}

class PruneRun {
  readonly #backup: Backup;
  readonly #options: PlanOptions & { readonly signal: AbortSignal | undefined };
  readonly #surveyor: Surveyor;
  readonly #marked = { marked: 0, bytesMarked: 0 };
  #freed: Freed = { rewritten: 0, bytesRewritten: 0, deleted: 0, bytesFreed: 0 };

  constructor(
    backup: Backup,
    progress: Progress,
    options: PlanOptions & { readonly signal: AbortSignal | undefined },
  ) {
    this.#backup = backup;
    this.#options = options;
    this.#surveyor = new Surveyor(backup, {
      onNode: (bytes) => progress.add(1, bytes),
      signal: options.signal,
    });
  }

  async foresee(): Promise<PruneSummary> {
    const survey = await this.#begin();
    const trimming = await planTrimming(this.#backup, survey, this.#options);
    return await foresee(this.#backup, survey, trimming, this.#options);
  }

  async run(): Promise<PruneSummary> {
    let survey = await this.#begin();
    const trimming = await planTrimming(this.#backup, survey, this.#options);
    if (trimming !== null) {
      await trim(this.#backup, survey.state, trimming, this.#options.signal);
      survey = await this.#surveyor.look(this.#backup.state);
    }
    survey = await this.#mark(survey);
    for (;;) {
      const plan = planFreeing(survey, this.#options);
      if (!isWorthwhile(plan, survey)) break;
      const freed = await this.#free(survey);
      survey = await this.#mark(await this.#surveyor.look(this.#backup.state));
      // What was copied is there to be deleted now, or there is more to copy.
      if (freed.rewritten === 0) break;
    }
    await tidyMarks(this.#backup, survey, this.#options.signal);
    const waiting = measureWaiting(survey, this.#options.graceMs);
    return { ...this.#marked, ...this.#freed, ...waiting, missing: survey.missing.length };
  }

  async #begin(): Promise<Survey> {
    await this.#backup.refresh(this.#options.signal);
    return await this.#surveyor.look(this.#backup.state);
  }

  async #mark(survey: Survey): Promise<Survey> {
    const { now, signal } = this.#options;
    const atMs = now();
    const fresh = findUnmarked(survey, atMs);
    this.#marked.marked += fresh.length;
    this.#marked.bytesMarked += sumBytes(fresh);
    return await markPacks(this.#backup, survey, fresh, { atMs, signal });
  }

  async #free(survey: Survey): Promise<Freed> {
    const surveyor = this.#surveyor;
    const freed = await freePacks(this.#backup, survey, { ...this.#options, surveyor });
    const before = this.#freed;
    this.#freed = {
      rewritten: before.rewritten + freed.rewritten,
      bytesRewritten: before.bytesRewritten + freed.bytesRewritten,
      deleted: before.deleted + freed.deleted,
      bytesFreed: before.bytesFreed + freed.bytesFreed,
    };
    return freed;
  }
}
