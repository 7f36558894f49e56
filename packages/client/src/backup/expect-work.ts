/**
 * Counting what there is to do, beside the run that does it.
 */
import { setTimeout } from 'node:timers/promises';
import type { Progress } from '../progress.ts';
import type { Found } from './walk.ts';

/** Shorter runs need no such count, and do not pay for one. */
const EXPECT_AFTER_MS = 500;

/**
 * Walks the sources a second time and tells `progress` what it found.
 *
 * @param signal Says that the run has ended.
 */
export async function expectWork(
  progress: Progress,
  walk: (signal: AbortSignal) => AsyncIterable<Found>,
  signal: AbortSignal,
): Promise<void> {
  let items = 0;
  let bytes = 0;
  try {
    await setTimeout(EXPECT_AFTER_MS, undefined, { signal, ref: false });
    for await (const { stat } of walk(signal)) {
      items++;
      if (stat?.isFile()) bytes += Number(stat.size);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return;
  }
  progress.expect({ items, bytes });
}
