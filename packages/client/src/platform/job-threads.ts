/**
 * Threads that are given jobs with a buffer each: who is least loaded gets the next.
 */
import { Worker } from 'node:worker_threads';
import { BuffersMet, type SharedBuffer, SharedBuffers } from './shared-buffers.ts';

/** What every job says beside its own matter. */
export interface Job {
  readonly id: number;
  /** Shared memory that the job is about; `bytes` only when the thread has not met it. */
  readonly buffer: number;
  readonly bytes: Uint8Array | null;
}

export interface JobThreadsOptions {
  /** Module that each thread runs. */
  readonly entry: URL;
  readonly count: number;
  readonly workerData?: unknown;
  /** A thread's young generation; what its objects hold on to is given back the sooner the smaller. */
  readonly youngMb: number;
  readonly buffers: number;
  readonly bufferBytes: number;
}

/** A thread's own old generation: packs lie outside of it. */
const OLD_MB = 48;

interface Thread<Answer> {
  readonly worker: Worker;
  readonly jobs: Map<number, PromiseWithResolvers<Answer>>;
  readonly met: BuffersMet;
  failure: unknown;
}

export class JobThreads<OwnJob extends Job, Answer extends { readonly id: number }> {
  readonly #threads: readonly Thread<Answer>[];
  readonly #buffers: SharedBuffers;
  #nextId = 0;

  constructor(options: JobThreadsOptions) {
    const { count, buffers, bufferBytes } = options;
    this.#threads = Array.from({ length: count }, () => startThread(options));
    this.#buffers = new SharedBuffers(buffers, bufferBytes);
  }

  get size(): number {
    return this.#threads.length;
  }

  /** Memory for a job; waits while all is in use. */
  takeBuffer(): Promise<SharedBuffer> {
    return this.#buffers.take();
  }

  giveBuffer(buffer: SharedBuffer): void {
    this.#buffers.give(buffer);
  }

  /** @param buffer Stays the thread's until it answers; what is in it then has no meaning. */
  async run(job: Omit<OwnJob, keyof Job>, buffer: SharedBuffer): Promise<Answer> {
    const thread = this.#leastLoaded();
    if (thread.failure !== undefined) throw thread.failure;
    const id = this.#nextId++;
    const answer = Promise.withResolvers<Answer>();
    thread.jobs.set(id, answer);
    const bytes = thread.met.bytesFor(buffer);
    thread.worker.postMessage({ ...job, id, buffer: buffer.id, bytes });
    try {
      return await answer.promise;
    } finally {
      thread.jobs.delete(id);
    }
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #leastLoaded(): Thread<Answer> {
    const [first, ...others] = this.#threads;
    if (first === undefined) throw new RangeError('"count" must be at least 1');
    return others.reduce((least, one) => (one.jobs.size < least.jobs.size ? one : least), first);
  }
}

function startThread<Answer extends { readonly id: number }>({
  entry,
  workerData,
  youngMb,
}: JobThreadsOptions): Thread<Answer> {
  const resourceLimits = { maxOldGenerationSizeMb: OLD_MB, maxYoungGenerationSizeMb: youngMb };
  const worker = new Worker(entry, { workerData, resourceLimits });
  const thread: Thread<Answer> = {
    worker,
    jobs: new Map(),
    met: new BuffersMet(),
    failure: undefined,
  };
  worker.on('message', (answer: Answer) => thread.jobs.get(answer.id)?.resolve(answer));
  worker.on('error', (error) => {
    thread.failure = error;
    for (const { reject } of thread.jobs.values()) reject(error);
  });
  return thread;
}
