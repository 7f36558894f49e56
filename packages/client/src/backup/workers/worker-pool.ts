/**
 * The worker threads of a backup: each task goes to the one with the least to do.
 */
import { HoldfastError } from '@holdfast/core/errors';
import type { Backup } from '../../repository/backup.ts';
import type { Filling } from '../../repository/pack-filler.ts';
import type { PackUploads } from '../../repository/pack-uploads.ts';
import type { WorkerResult, WorkerTask } from './messages.ts';
import { type Answer, type PoolWorker, WorkerThread } from './worker-thread.ts';

/** Tasks given to one worker at a time: one at work, the others ready when it ends. */
const TASKS_PER_WORKER = 3;
/** A task's result and who did it. */
export interface TaskOutcome<Result> {
  readonly result: Result;
  readonly worker: PoolWorker;
}

export class WorkerPool {
  readonly #threads: readonly WorkerThread[];
  readonly #waiting: (() => void)[] = [];

  /** @param count Threads, 1 to 8. */
  constructor(count: number, backup: Backup, uploads: PackUploads) {
    this.#threads = Array.from({ length: count }, () => new WorkerThread(backup, uploads));
  }

  get streams(): readonly Uint8Array[] {
    return this.#threads.map((thread) => thread.stream);
  }

  /** Waits until a worker has room, so that no more is prepared than can be done soon. */
  async room(): Promise<void> {
    while (this.#leastLoaded().load >= TASKS_PER_WORKER) await this.#taskEnd();
  }

  async run<Type extends WorkerTask['type']>(
    task: Extract<WorkerTask, { type: Type }>,
    answer?: Answer,
  ): Promise<TaskOutcome<Extract<WorkerResult, { type: Type }>>> {
    const worker = this.#leastLoaded();
    try {
      const result = await worker.run(task, answer);
      return { result: result as Extract<WorkerResult, { type: Type }>, worker };
    } finally {
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }

  /** Waits until no task is under way. */
  async idle(): Promise<void> {
    while (this.#threads.some((thread) => thread.load > 0)) await this.#taskEnd();
  }

  /** Has every worker store the pages it holds back. */
  async flush(): Promise<void> {
    const started = this.#threads.filter((thread) => thread.hasStarted);
    await Promise.all(started.map((thread) => thread.run({ type: 'flush' }, undefined)));
  }

  /** Ends all work. @returns The packs that are not full. */
  async finish(): Promise<readonly Filling[]> {
    const rests = this.#threads.map(async (thread) => {
      if (!thread.hasStarted) return [];
      const result = await thread.run({ type: 'finish' }, undefined);
      if (result.type !== 'finish') throw new TypeError('"finish" must answer "finish"');
      return result.rest === null ? [] : [thread.filling(result.rest)];
    });
    return (await Promise.all(rests)).flat();
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #taskEnd(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    return promise;
  }

  #leastLoaded(): WorkerThread {
    const [first, ...others] = this.#threads;
    if (first === undefined)
      throw new HoldfastError('cancelled', 'Cannot go on: no worker is left');
    return others.reduce((least, thread) => (thread.load < least.load ? thread : least), first);
  }
}
