/**
 * What a prune would do, for a dry run.
 */
import type { Backup } from '../repository/backup.ts';
import type { Freed } from './free-packs.ts';
import { liveBytesOf, measurePacks, packBytesOf } from './indexed-packs.ts';
import { findUnmarked, measureWaiting, type Waiting } from './keep-marks.ts';
import { isWorthwhile, type PlanOptions, planFreeing } from './plan.ts';
import { findDead, type Survey, sumBytes } from './survey.ts';
import type { Trimming } from './trimming.ts';

/**
 * What a prune has done, or would do. `waiting` counts all marked packs that are left, also those
 * that other prunes have marked.
 */
export interface PruneSummary extends Freed, Waiting {
  /** Packs that were found to be dead now. */
  readonly marked: number;
  readonly bytesMarked: number;
  /** Packs that snapshots need and the store has lost: `check` tells more. */
  readonly missing: number;
}

/** @param trimming null when the tables stay as they are. */
export async function foresee(
  backup: Backup,
  now: Survey,
  trimming: Trimming | null,
  options: PlanOptions & { readonly signal: AbortSignal | undefined },
): Promise<PruneSummary> {
  let survey = now;
  if (trimming !== null) {
    const indexed = await measurePacks(backup, now.state, trimming.left, options);
    survey = { ...now, indexed, dead: findDead(now.listed, indexed) };
  }
  const fresh = findUnmarked(survey, options.now());
  const plan = planFreeing(survey, options);
  const { ripe, rewriting } = isWorthwhile(plan, survey) ? plan : { ripe: [], rewriting: [] };
  const marked = fresh.length + rewriting.length;
  const { waitingUntilMs } = measureWaiting(survey, options.graceMs);
  return {
    marked,
    bytesMarked: sumBytes(fresh) + packBytesOf(rewriting),
    deleted: ripe.length,
    bytesFreed: sumBytes(ripe),
    rewritten: rewriting.length,
    bytesRewritten: liveBytesOf(rewriting),
    waiting: survey.dead.length - ripe.length + rewriting.length,
    bytesWaiting: sumBytes(survey.dead) - sumBytes(ripe) + packBytesOf(rewriting),
    missing: now.missing.length,
    waitingUntilMs: marked > 0 ? options.now() + options.graceMs : waitingUntilMs,
  };
}
