/**
 * What a new state would free, by a survey, and whether it is worth making.
 */
import { packBytes } from '@holdfast/core/backup-format';
import { isMark } from '../repository/mark-objects.ts';
import { chooseRewriting, roundUp } from './choose-rewriting.ts';
import { type IndexedPack, isNeeded, liveBytesOf, packBytesOf } from './indexed-packs.ts';
import { type DeadPack, type Survey, sumBytes } from './survey.ts';

/** What one segment takes in the index, roughly. */
const SEGMENT_BYTES = 100;

export interface PlanOptions {
  /** Time between marking and deleting. */
  readonly graceMs: number;
  /** Part of all needed packs that may be dead, from 0 to 1. */
  readonly maxUnusedFraction: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Plan {
  /** Packs that were marked long enough ago to be deleted. */
  readonly ripe: readonly DeadPack[];
  /** Packs whose live parts are to be copied into new ones. */
  readonly rewriting: readonly IndexedPack[];
  /** Names of packs that are indexed, not needed, and not listed. */
  readonly lost: readonly string[];
}

export function planFreeing({ marks, listed, indexed, dead }: Survey, options: PlanOptions): Plan {
  const { graceMs, maxUnusedFraction, now } = options;
  const ripeNames = new Set<string>();
  for (const mark of marks.filter(isMark)) {
    if (now() - mark.atMs < graceMs) continue;
    for (const name of mark.packs) ripeNames.add(name);
  }
  const whole = [...indexed].filter(([name, { ref }]) => listed.get(name) === packBytes(ref.k));
  const lost = [...indexed].filter(([name, pack]) => !listed.has(name) && !isNeeded(pack));
  return {
    ripe: dead.filter(({ name }) => ripeNames.has(name)),
    rewriting: chooseRewriting(
      whole.map(([, pack]) => pack),
      maxUnusedFraction,
    ),
    lost: lost.map(([name]) => name),
  };
}

/** A new state writes the whole index anew: that should take less than it frees. */
export function isWorthwhile({ ripe, rewriting, lost }: Plan, { indexed }: Survey): boolean {
  if (lost.length > 0) return true;
  let segments = 0;
  for (const pack of indexed.values()) segments += pack.segments.length;
  const costBytes = roundUp(segments * SEGMENT_BYTES);
  const newBytes = roundUp(liveBytesOf(rewriting));
  return sumBytes(ripe) + packBytesOf(rewriting) - newBytes > costBytes;
}
