/**
 * Threads that look through whole packs.
 */
import { availableParallelism } from 'node:os';
import { PACK_MAX_BYTES } from '@holdfast/core/backup-format';
import { type Job, JobThreads, ThreadLostError } from '../platform/job-threads.ts';
import type { SharedBuffer } from '../platform/shared-buffers.ts';
import type { CheckAnswer, CheckJob, CheckSetup, PackVerdict } from './workers/check-messages.ts';

/** More threads than this gain little, and each costs the memory of a pack. */
const WORKERS_MAX = 4;
/** Packs that are fetched while every worker has one. */
const PACKS_AHEAD = 1;
/** Little of what a worker makes lives for long. */
const YOUNG_MB = 4;

export class CheckPool extends JobThreads<CheckJob, CheckAnswer> {
  constructor(setup: CheckSetup) {
    const count = Math.min(Math.max(availableParallelism(), 1), WORKERS_MAX);
    super({
      entry: new URL('./workers/check-worker.ts', import.meta.url),
      count,
      workerData: setup,
      youngMb: YOUNG_MB,
      buffers: count + PACKS_AHEAD,
      bufferBytes: PACK_MAX_BYTES,
    });
  }

  /** Packs that may be prepared or under way at a time. */
  get capacity(): number {
    return this.size + PACKS_AHEAD;
  }

  /**
   * @param buffer Memory that begins with the object.
   * @returns null when the worker was lost with the pack.
   */
  async judge(job: Omit<CheckJob, keyof Job>, buffer: SharedBuffer): Promise<PackVerdict | null> {
    try {
      const answer = await this.run(job, buffer);
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.verdict;
    } catch (error) {
      if (error instanceof ThreadLostError) return null;
      throw error;
    }
  }
}
