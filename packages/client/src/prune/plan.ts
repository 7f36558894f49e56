/**
 * What a new state would free, by a survey, and whether it is worth making.
 */
import { packBytes } from '@holdfast/core/backup-format';
import { isMark } from '../repository/mark-objects.ts';
import { chooseRewriting, isNeeded, type PackUse, roundUp } from './pack-use.ts';
import { type Survey, sumBytes, type Unused } from './survey.ts';

/** What one segment takes in the index, roughly. */
const SEGMENT_BYTES = 100;

export interface PlanOptions {
  /** Time between marking and deleting. */
  readonly graceMs: number;
  /** Part of all stored bytes that may be dead inside packs in use, from 0 to 1. */
  readonly maxUnusedFraction: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Plan {
  /** Packs that were marked long enough ago to be deleted. */
  readonly ripe: readonly Unused[];
  /** Packs whose live parts are to be copied into new ones. */
  readonly rewriting: readonly PackUse[];
  /** Names of packs that the index names, that nobody needs, and that the store has lost. */
  readonly lost: readonly string[];
}

export function planFreeing({ marks, stored, uses, unused }: Survey, options: PlanOptions): Plan {
  const { graceMs, maxUnusedFraction, now } = options;
  const ripeNames = new Set<string>();
  for (const mark of marks.filter(isMark)) {
    if (now() - mark.atMs < graceMs) continue;
    for (const name of mark.packs) ripeNames.add(name);
  }
  const whole = [...uses].filter(([name, { pack }]) => stored.get(name) === packBytes(pack.k));
  const lost = [...uses].filter(([name, use]) => !stored.has(name) && !isNeeded(use));
  return {
    ripe: unused.filter(({ name }) => ripeNames.has(name)),
    rewriting: chooseRewriting(
      whole.map(([, use]) => use),
      maxUnusedFraction,
    ),
    lost: lost.map(([name]) => name),
  };
}

/** A new state writes the whole index anew: that should take less than it frees. */
export function isWorthwhile({ ripe, rewriting, lost }: Plan, { uses }: Survey): boolean {
  if (lost.length > 0) return true;
  let segments = 0;
  for (const use of uses.values()) segments += use.segments.length;
  const costBytes = roundUp(segments * SEGMENT_BYTES);
  const copiedBytes = rewriting.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  return sumBytes(ripe) + packBytesOf(rewriting) - roundUp(copiedBytes) > costBytes;
}

/** Length of these packs together. */
export function packBytesOf(uses: readonly PackUse[]): number {
  return uses.reduce((sum, { pack }) => sum + packBytes(pack.k), 0);
}
