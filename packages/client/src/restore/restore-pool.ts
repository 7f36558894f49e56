/**
 * Threads that open, decompress and write.
 */
import { JobThreads } from '../platform/job-threads.ts';
import type { RestoreAnswer, RestoreJob } from './workers/restore-messages.ts';

/** Jobs given to one worker at a time: one at work, one ready. */
const JOBS_PER_WORKER = 2;
/** Small young generations give the buffers back soon that their objects hold. */
const YOUNG_MB = 2;

export class RestorePool extends JobThreads<RestoreJob, RestoreAnswer> {
  /** @param bufferBytes Most bytes of frames that a job brings. */
  constructor(count: number, bufferBytes: number) {
    super({
      entry: new URL('./workers/restore-worker.ts', import.meta.url),
      count,
      youngMb: YOUNG_MB,
      buffers: count * JOBS_PER_WORKER + 1,
      bufferBytes,
    });
  }

  /** Jobs that may be prepared or under way at a time. */
  get capacity(): number {
    return this.size * JOBS_PER_WORKER;
  }
}
