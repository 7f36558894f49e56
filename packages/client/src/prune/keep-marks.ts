/**
 * Keeping the marks in a store to what they are for: dead packs.
 */

import type { MarkList } from '@holdfast/core/prune';
import type { Backup } from '../repository/backup.ts';
import { isMark, namesIn, putMarks, removeMarks } from '../repository/mark-objects.ts';
import { type DeadPack, type Survey, sumBytes } from './survey.ts';

type Signal = AbortSignal | undefined;

/** Dead packs that are not marked yet, or only by a device whose clock runs ahead. */
export function findUnmarked({ marks, dead }: Survey, nowMs: number): readonly DeadPack[] {
  const marked = namesIn(marks.filter((mark) => isMark(mark) && mark.atMs <= nowMs));
  return dead.filter(({ name }) => !marked.has(name));
}

/** Marks them. @returns The survey with the new marks. */
export async function markPacks(
  backup: Backup,
  survey: Survey,
  packs: readonly DeadPack[],
  { atMs, signal }: { readonly atMs: number; readonly signal: Signal },
): Promise<Survey> {
  if (packs.length === 0) return survey;
  const list: MarkList = { atMs, fence: 0, packs: packs.map(({ name }) => name) };
  const marks = await putMarks(backup, list, signal);
  return { ...survey, marks: [...survey.marks, ...marks] };
}

/** Removes marks that have done their work, and takes needed packs out of the others. */
export async function tidyMarks(
  backup: Backup,
  { state, marks, listed, dead }: Survey,
  signal: Signal,
): Promise<void> {
  const deadNames = new Set(dead.map(({ name }) => name));
  const { packs: indexed } = state.segments;
  for (const mark of marks) {
    const present = mark.packs.filter((name) => listed.has(name));
    const left = present.filter((name) => deadNames.has(name));
    let isDone = left.length === 0;
    if (!isMark(mark)) {
      // An order in force has no pack that an index names; one that is void by now may have.
      const isVoid =
        mark.fence <= state.head.number && mark.packs.some((name) => indexed.has(name));
      isDone = present.length === 0 || isVoid;
    } else if (left.length > 0 && left.length < present.length) {
      const { atMs, fence } = mark;
      await putMarks(backup, { atMs, fence, packs: left }, signal);
      isDone = true;
    }
    if (isDone) await removeMarks(backup, [mark], signal);
  }
}

/** What is marked and not deleted yet. */
export interface Waiting {
  readonly waiting: number;
  readonly bytesWaiting: number;
  /** From when on a prune may delete all of it, in milliseconds since 1970; null for nothing. */
  readonly waitingUntilMs: number | null;
}

export function measureWaiting({ marks, dead }: Survey, graceMs: number): Waiting {
  const ripeAt = new Map<string, number>();
  for (const mark of marks.filter(isMark)) {
    const untilMs = mark.atMs + graceMs;
    for (const name of mark.packs) {
      ripeAt.set(name, Math.min(ripeAt.get(name) ?? untilMs, untilMs));
    }
  }
  const waiting = dead.filter(({ name }) => ripeAt.has(name));
  const times = waiting.map(({ name }) => ripeAt.get(name) as number);
  return {
    waiting: waiting.length,
    bytesWaiting: sumBytes(waiting),
    waitingUntilMs: times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b)),
  };
}
