/**
 * Threads that open, decompress and write.
 */
import { Worker } from 'node:worker_threads';
import { BuffersMet, type SharedBuffer, SharedBuffers } from '../platform/shared-buffers.ts';
import type { RestoreAnswer, RestoreJob } from './workers/restore-messages.ts';

/** Jobs given to one worker at a time: one at work, one ready. */
const JOBS_PER_WORKER = 2;
/** Small young generations give the buffers back soon that their objects hold. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 2 };

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, PromiseWithResolvers<RestoreAnswer>>;
  readonly met: BuffersMet;
  failure: unknown;
}

export class RestorePool {
  readonly #threads: readonly Thread[];
  readonly #buffers: SharedBuffers;
  #nextId = 0;

  /** @param bufferBytes Longest run of frames that a job brings. */
  constructor(count: number, bufferBytes: number) {
    this.#threads = Array.from({ length: count }, () => startThread());
    this.#buffers = new SharedBuffers(this.capacity + 1, bufferBytes);
  }

  /** Jobs that may be prepared or under way at a time. */
  get capacity(): number {
    return this.#threads.length * JOBS_PER_WORKER;
  }

  /** Memory for a job's frames; waits while all is in use. */
  takeBuffer(): Promise<SharedBuffer> {
    return this.#buffers.take();
  }

  giveBuffer(buffer: SharedBuffer): void {
    this.#buffers.give(buffer);
  }

  /** @param buffer Memory that begins with the job's frames; given back afterwards. */
  async run(
    job: Omit<RestoreJob, 'id' | 'buffer' | 'bytes'>,
    buffer: SharedBuffer,
  ): Promise<RestoreAnswer> {
    const thread = this.#leastLoaded();
    if (thread.failure !== undefined) throw thread.failure;
    const id = this.#nextId++;
    const answer = Promise.withResolvers<RestoreAnswer>();
    thread.jobs.set(id, answer);
    const bytes = thread.met.bytesFor(buffer);
    thread.worker.postMessage({ ...job, id, buffer: buffer.id, bytes } satisfies RestoreJob);
    try {
      return await answer.promise;
    } finally {
      thread.jobs.delete(id);
    }
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #leastLoaded(): Thread {
    const [first, ...others] = this.#threads;
    if (first === undefined) throw new RangeError('"count" must be at least 1');
    return others.reduce((least, one) => (one.jobs.size < least.jobs.size ? one : least), first);
  }
}

function startThread(): Thread {
  const worker = new Worker(new URL('./workers/restore-worker.ts', import.meta.url), {
    resourceLimits: HEAP_LIMITS,
  });
  const thread: Thread = { worker, jobs: new Map(), met: new BuffersMet(), failure: undefined };
  worker.on('message', (answer: RestoreAnswer) => thread.jobs.get(answer.id)?.resolve(answer));
  worker.on('error', (error) => {
    thread.failure = error;
    for (const { reject } of thread.jobs.values()) reject(error);
  });
  return thread;
}
