/**
 * Threads that open, decompress and write.
 */
import { Worker } from 'node:worker_threads';
import type { RestoreAnswer, RestoreJob } from './workers/restore-messages.ts';

/** Jobs given to one worker at a time: one at work, one ready. */
const JOBS_PER_WORKER = 2;
const HEAP_MB = 48;

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, PromiseWithResolvers<RestoreAnswer>>;
  failure: unknown;
}

export class RestorePool {
  readonly #threads: readonly Thread[];
  #nextId = 0;
  #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => startThread());
  }

  /** Jobs that may be prepared or under way at a time. */
  get capacity(): number {
    return this.#threads.length * JOBS_PER_WORKER;
  }

  /** Waits until a worker has room. */
  async room(): Promise<void> {
    while (this.#leastLoaded().jobs.size >= JOBS_PER_WORKER) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  /** @param job Its bytes are handed over, and can't be used here afterwards. */
  async run(job: Omit<RestoreJob, 'id'>): Promise<RestoreAnswer> {
    const thread = this.#leastLoaded();
    if (thread.failure !== undefined) throw thread.failure;
    const id = this.#nextId++;
    const answer = Promise.withResolvers<RestoreAnswer>();
    thread.jobs.set(id, answer);
    thread.worker.postMessage({ ...job, id } satisfies RestoreJob, [
      job.bytes.buffer as ArrayBuffer,
    ]);
    try {
      return await answer.promise;
    } finally {
      thread.jobs.delete(id);
      for (const wake of this.#waiting.splice(0)) wake();
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
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const thread: Thread = { worker, jobs: new Map(), failure: undefined };
  worker.on('message', (answer: RestoreAnswer) => thread.jobs.get(answer.id)?.resolve(answer));
  worker.on('error', (error) => {
    thread.failure = error;
    for (const { reject } of thread.jobs.values()) reject(error);
  });
  return thread;
}
