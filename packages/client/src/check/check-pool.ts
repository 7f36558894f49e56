/**
 * Threads that look through whole packs.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { PACK_MAX_BYTES } from '@holdfast/core/backup-format';
import { BuffersMet, type SharedBuffer, SharedBuffers } from '../platform/shared-buffers.ts';
import type { CheckAnswer, CheckJob, CheckSetup, PackVerdict } from './workers/check-messages.ts';

/** More threads than this gain little, and each costs the memory of a pack. */
const WORKERS_MAX = 4;
/** Packs that are fetched while every worker has one. */
const PACKS_AHEAD = 1;
/** A worker's own heap; packs lie outside of it. Little of what it makes lives for long. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 4 };

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, PromiseWithResolvers<PackVerdict>>;
  readonly met: BuffersMet;
  failure: unknown;
}

export class CheckPool {
  readonly #threads: readonly Thread[];
  readonly #buffers: SharedBuffers;
  #nextId = 0;

  constructor(setup: CheckSetup) {
    const count = Math.min(Math.max(availableParallelism(), 1), WORKERS_MAX);
    this.#threads = Array.from({ length: count }, () => startThread(setup));
    this.#buffers = new SharedBuffers(this.capacity, PACK_MAX_BYTES);
  }

  /** Packs that may be prepared or under way at a time. */
  get capacity(): number {
    return this.#threads.length + PACKS_AHEAD;
  }

  /** Memory for a pack; waits while all is in use. */
  takeBuffer(): Promise<SharedBuffer> {
    return this.#buffers.take();
  }

  giveBuffer(buffer: SharedBuffer): void {
    this.#buffers.give(buffer);
  }

  /** @param buffer Memory that begins with the object; what is in it afterwards has no meaning. */
  async judge(
    job: Omit<CheckJob, 'id' | 'buffer' | 'bytes'>,
    buffer: SharedBuffer,
  ): Promise<PackVerdict> {
    const thread = this.#leastLoaded();
    if (thread.failure !== undefined) throw thread.failure;
    const id = this.#nextId++;
    const answer = Promise.withResolvers<PackVerdict>();
    thread.jobs.set(id, answer);
    const bytes = thread.met.bytesFor(buffer);
    thread.worker.postMessage({ ...job, id, buffer: buffer.id, bytes } satisfies CheckJob);
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
    if (first === undefined) throw new TypeError('"threads" must not be empty');
    return others.reduce((least, one) => (one.jobs.size < least.jobs.size ? one : least), first);
  }
}

function startThread(setup: CheckSetup): Thread {
  const worker = new Worker(new URL('./workers/check-worker.ts', import.meta.url), {
    workerData: setup,
    resourceLimits: HEAP_LIMITS,
  });
  const thread: Thread = { worker, jobs: new Map(), met: new BuffersMet(), failure: undefined };
  worker.on('message', (answer: CheckAnswer) => {
    const job = thread.jobs.get(answer.id);
    if ('verdict' in answer) job?.resolve(answer.verdict);
    else job?.reject(new Error(answer.failure));
  });
  worker.on('error', (error) => {
    thread.failure = error;
    for (const { reject } of thread.jobs.values()) reject(error);
  });
  return thread;
}
