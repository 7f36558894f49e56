/**
 * Threads that wait for the token, each with a session of its own, so that nothing else has to: a call
 * takes a round trip or ten, and pkcs11js's own asynchronous calls leak what they are given.
 */
import { Worker } from 'node:worker_threads';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import type { Method, ThreadAnswer, ThreadSetup } from './hsm-messages.ts';
import type { TokenPlace } from './token-session.ts';

/** A thread's own heap; nothing stays in it. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

interface Task {
  readonly method: Method;
  readonly args: readonly unknown[];
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface ThreadOptions {
  /** Most threads, and so sessions. */
  readonly sessions: number;
  /** How long a call may take, its wait for a session included. */
  readonly timeoutMs: number;
}

export class HsmThreads {
  readonly #place: TokenPlace;
  readonly #pin: Secret;
  readonly #options: ThreadOptions;
  /** Each with what it is at; null when idle. */
  readonly #threads = new Map<Worker, Task | null>();
  readonly #queue = new Set<Task>();
  #refusal: HoldfastError | null = null;

  /** @param pin Taken over. */
  constructor(place: TokenPlace, pin: Secret, options: ThreadOptions) {
    this.#place = place;
    this.#pin = pin;
    this.#options = options;
  }

  call(method: Method, ...args: readonly unknown[]): Promise<unknown> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const task = { method, args, resolve, reject };
    const timer = setTimeout(() => {
      this.#queue.delete(task);
      reject(unusable('it does not answer'));
    }, this.#options.timeoutMs);
    this.#queue.add(task);
    this.#dispatch();
    return promise.finally(() => clearTimeout(timer));
  }

  /** Closes all sessions, when no call is under way any more. */
  async end(): Promise<void> {
    await Promise.all(
      [...this.#threads].map(async ([thread, task]) => {
        // One that hangs in the library can't be ended, and must not keep the process from it.
        if (task === null) await this.#endThread(thread);
        else thread.unref();
      }),
    );
    this.#pin.wipe();
  }

  async #endThread(thread: Worker): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#give(thread, { method: 'close', args: [], resolve, reject });
    await promise;
    await thread.terminate();
  }

  #dispatch(): void {
    for (const task of this.#queue) {
      const thread = this.#idle();
      if (thread === null) return;
      this.#queue.delete(task);
      this.#give(thread, task);
    }
  }

  #give(thread: Worker, task: Task): void {
    this.#threads.set(thread, task);
    thread.ref();
    thread.postMessage({ method: task.method, args: task.args });
  }

  #idle(): Worker | null {
    for (const [thread, task] of this.#threads) if (task === null) return thread;
    return this.#threads.size < this.#options.sessions ? this.#start() : null;
  }

  #start(): Worker {
    const setup: ThreadSetup = { place: this.#place, pin: new Uint8Array(this.#pin.bytes()) };
    const thread = new Worker(new URL('./hsm-worker.ts', import.meta.url), {
      workerData: setup,
      transferList: [setup.pin.buffer as ArrayBuffer],
      resourceLimits: HEAP_LIMITS,
    });
    this.#threads.set(thread, null);
    thread.on('message', (answer: ThreadAnswer) => {
      const task = this.#threads.get(thread);
      this.#threads.set(thread, null);
      thread.unref();
      if (task) this.#settle(task, answer);
      this.#dispatch();
    });
    thread.on('error', (cause) => {
      const task = this.#threads.get(thread);
      this.#threads.delete(thread);
      task?.reject(unusable('a thread of it failed', cause));
      this.#dispatch();
    });
    return thread;
  }

  #settle(task: Task, answer: ThreadAnswer): void {
    if ('result' in answer) task.resolve(answer.result);
    else if ('outOfRange' in answer) task.reject(new RangeError(answer.outOfRange));
    else {
      const error = new HoldfastError(answer.code, answer.message);
      if (answer.isPinRefused) this.#refusal = error;
      task.reject(error);
    }
  }
}

function unusable(state: string, cause?: unknown): HoldfastError {
  const options = cause === undefined ? {} : { cause };
  return new HoldfastError('hsm-unusable', `Cannot use the HSM: ${state}`, options);
}
