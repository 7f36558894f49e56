/**
 * Threads that are given jobs with a buffer each: who is least loaded gets the next.
 *
 * A thread does its jobs one after another. One that ends (out of memory, say) takes the job with it
 * that it was at; those that waited for it, and later ones, go to a new thread in its place.
 */
import { Worker } from 'node:worker_threads';
import {
  type BufferMemory,
  BuffersMet,
  type SharedBuffer,
  SharedBuffers,
} from './shared-buffers.ts';

/** What every job says beside its own matter. */
export interface Job {
  readonly id: number;
  /** Shared memory that the job is about; `memory`, all buffers', only when the thread has not met it. */
  readonly buffer: number;
  readonly memory: BufferMemory | null;
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

/** A job was lost with the thread that was at it. */
export class ThreadLostError extends Error {}

interface GivenJob<OwnJob, Answer> extends PromiseWithResolvers<Answer> {
  readonly job: Omit<OwnJob, keyof Job>;
  readonly buffer: SharedBuffer;
}

interface Thread<OwnJob, Answer> {
  readonly worker: Worker;
  /** By their ids, in the order in which the thread does them. */
  readonly jobs: Map<number, GivenJob<OwnJob, Answer>>;
  readonly met: BuffersMet;
  hasEnded: boolean;
}

export class JobThreads<OwnJob extends Job, Answer extends { readonly id: number }> {
  readonly #options: JobThreadsOptions;
  readonly #threads: Thread<OwnJob, Answer>[];
  readonly #buffers: SharedBuffers;
  #nextId = 0;
  #isTerminated = false;

  constructor(options: JobThreadsOptions) {
    const { count, buffers, bufferBytes } = options;
    this.#options = options;
    this.#threads = Array.from({ length: count }, () => this.#start());
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

  /**
   * @param buffer Stays the thread's until it answers; what is in it then has no meaning.
   * @throws {ThreadLostError} When the thread ended at this job.
   */
  async run(job: Omit<OwnJob, keyof Job>, buffer: SharedBuffer): Promise<Answer> {
    if (this.#isTerminated) throw new Error('Cannot run a job: the threads were ended');
    const given = { job, buffer, ...Promise.withResolvers<Answer>() };
    this.#give(this.#leastLoaded(), given);
    return await given.promise;
  }

  /** Jobs that are under way fail. */
  async terminate(): Promise<void> {
    this.#isTerminated = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #give(thread: Thread<OwnJob, Answer>, given: GivenJob<OwnJob, Answer>): void {
    const id = this.#nextId++;
    thread.jobs.set(id, given);
    const { job, buffer } = given;
    const memory = thread.met.memoryFor(buffer);
    thread.worker.postMessage({ ...job, id, buffer: buffer.id, memory });
  }

  #leastLoaded(): Thread<OwnJob, Answer> {
    const [first, ...others] = this.#threads;
    if (first === undefined) throw new RangeError('"count" must be at least 1');
    const least = others.reduce(
      (best, one) => (one.jobs.size < best.jobs.size ? one : best),
      first,
    );
    return least.hasEnded ? this.#replace(least) : least;
  }

  #start(): Thread<OwnJob, Answer> {
    const { entry, workerData, youngMb } = this.#options;
    const resourceLimits = { maxOldGenerationSizeMb: OLD_MB, maxYoungGenerationSizeMb: youngMb };
    const worker = new Worker(entry, { workerData, resourceLimits });
    const thread: Thread<OwnJob, Answer> = {
      worker,
      jobs: new Map(),
      met: new BuffersMet(),
      hasEnded: false,
    };
    worker.on('message', (answer: Answer) => {
      thread.jobs.get(answer.id)?.resolve(answer);
      thread.jobs.delete(answer.id);
    });
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    // Comes last, also after an error: what was answered before has arrived.
    worker.on('exit', () => this.#lose(thread, cause));
    return thread;
  }

  #replace(thread: Thread<OwnJob, Answer>): Thread<OwnJob, Answer> {
    const other = this.#start();
    this.#threads[this.#threads.indexOf(thread)] = other;
    return other;
  }

  #lose(thread: Thread<OwnJob, Answer>, cause: unknown): void {
    thread.hasEnded = true;
    const [first, ...waiting] = thread.jobs.values();
    thread.jobs.clear();
    const why = cause instanceof Error ? cause.message : 'without an error';
    const error = new ThreadLostError(`Cannot do a job: its thread ended: ${why}`, { cause });
    first?.reject(error);
    if (this.#isTerminated) for (const { reject } of waiting) reject(error);
    else if (waiting.length > 0) {
      const other = this.#replace(thread);
      for (const given of waiting) this.#give(other, given);
    }
  }
}
