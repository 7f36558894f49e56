/**
 * Worker threads and the tasks under way on them.
 */
import { Worker } from 'node:worker_threads';
import { type Address, type BlobKind, STREAM_ID_BYTES } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import { BuffersMet, type SharedBuffer } from '../../platform/shared-buffers.ts';
import type { Backup } from '../../repository/backup.ts';
import type { PackUploads } from '../../repository/pack-uploads.ts';
import type { Filling } from '../../repository/stream-writer.ts';
import type {
  BlobPlace,
  FromWorker,
  StreamRest,
  ToWorker,
  WorkerResult,
  WorkerSetup,
  WorkerTask,
} from './messages.ts';

/** Tasks given to one worker at a time: one at work, the others ready when it ends. */
const TASKS_PER_WORKER = 3;
/**
 * A worker's own heap; packs and slabs lie outside of it. Young objects are few but hold on to the
 * buffers that the crypto calls return: a small young generation gives those back soon.
 */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 2 };

/**
 * Groups that may still be asked for: results of at most 64 runs of pages wait for each other
 * (store-database.ts), and a run of 1 MiB has pages in five groups at most.
 */
const GROUPS_KEPT = 1024;

/** Says per name, with 1, whether to store it. */
export type Answer = (names: Uint8Array, worker: PoolWorker) => Uint8Array;

/** One thread, as the rest of the backup sees it. */
export interface PoolWorker {
  /** The stream that the worker writes. */
  readonly stream: Uint8Array;
  /**
   * Where one of the worker's groups of pages went; resolves once it is stored. Groups far below
   * the highest that was asked for are forgotten.
   */
  group(number: number): Promise<Address>;
}

/** A task's result and who did it. */
export interface TaskOutcome<Result> {
  readonly result: Result;
  readonly worker: PoolWorker;
}

interface Running {
  readonly answer: Answer | undefined;
  readonly resolve: (result: WorkerResult) => void;
  readonly reject: (error: unknown) => void;
}

/** A file could not be read; the backup goes on without it. */
export class UnreadableError extends Error {
  readonly errno: string | undefined;

  constructor(message: string, errno: string | undefined) {
    super(message);
    this.errno = errno;
  }
}

class WorkerThread implements PoolWorker {
  readonly stream: Uint8Array;
  readonly #backup: Backup;
  /** Started with the first task: when nothing has changed there is none. */
  #thread: Worker | null = null;
  readonly #uploads: PackUploads;
  readonly #running = new Map<number, Running>();
  readonly #groups = new Map<number, PromiseWithResolvers<Address>>();
  readonly #buffers = new Map<number, SharedBuffer>();
  readonly #met = new BuffersMet();
  #nextId = 0;
  #failure: unknown;

  constructor(backup: Backup, uploads: PackUploads) {
    this.stream = backup.crypto.randomBytes(STREAM_ID_BYTES);
    this.#backup = backup;
    this.#uploads = uploads;
  }

  get hasStarted(): boolean {
    return this.#thread !== null;
  }

  get load(): number {
    return this.#running.size;
  }

  run(task: WorkerTask, answer: Answer | undefined): Promise<WorkerResult> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<WorkerResult>();
    this.#running.set(id, { answer, resolve, reject });
    this.#started().ref();
    this.#say({ type: 'task', id, task });
    return promise.finally(() => {
      this.#running.delete(id);
      if (this.#running.size === 0) this.#thread?.unref();
    });
  }

  group(number: number): Promise<Address> {
    for (const older of this.#groups.keys()) {
      if (older >= number - GROUPS_KEPT) break;
      this.#groups.delete(older);
    }
    return this.#groupEntry(number).promise;
  }

  /** Blobs of this worker's stream, with what the worker leaves out. */
  address(kind: BlobKind, place: BlobPlace): Address {
    return { ...place, kind, stream: this.stream };
  }

  /** The pack that was being filled, with what the worker's copies of it leave out. */
  filling(rest: StreamRest): Filling {
    const layout = rest.layout.map((piece) => ({
      ...piece,
      stream: this.stream,
      blob: piece.blob && this.#ownBlob(piece.blob),
    }));
    return { layout, buffer: this.#lent(rest.buffer) };
  }

  async terminate(): Promise<void> {
    await this.#thread?.terminate();
  }

  #started(): Worker {
    if (this.#thread !== null) return this.#thread;
    const { keyring, chunkNameKey } = this.#backup;
    const workerData: WorkerSetup = {
      stream: this.stream,
      epochKeys: keyring.epochKeys.map((key) => key.bytes()),
      chunkNameKey: chunkNameKey.bytes(),
    };
    const thread = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData,
      resourceLimits: HEAP_LIMITS,
    });
    thread.on('message', (message: FromWorker) => {
      try {
        this.#receive(message);
      } catch (error) {
        this.#fail(error);
      }
    });
    thread.on('error', (error) => this.#fail(error));
    this.#thread = thread;
    return thread;
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ask': {
        const wanted = this.#running.get(message.id)?.answer?.(message.names, this);
        this.#say({ type: 'answer', id: message.id, wanted: wanted ?? new Uint8Array(0) });
        break;
      }
      case 'done':
        for (const { group, place } of message.groups) {
          this.#groupEntry(group).resolve(this.address('pages', place));
        }
        this.#running.get(message.id)?.resolve(message.result);
        break;
      case 'failed': {
        const { isUnreadable, message: text, errno } = message.failure;
        const error = isUnreadable ? new UnreadableError(text, errno) : new Error(text);
        this.#running.get(message.id)?.reject(error);
        break;
      }
      case 'take-buffer':
        this.#uploads.takeBuffer().then(
          (buffer) => this.#lend(buffer),
          (error: unknown) => this.#fail(error),
        );
        break;
      case 'pack': {
        const { ref, parts } = message;
        const buffer = this.#lent(message.buffer);
        const own = parts.map((part) => ({ ...part, stream: this.stream }));
        this.#uploads.start({ ref, object: buffer.bytes, parts: own }, buffer);
        break;
      }
    }
  }

  #lend(buffer: SharedBuffer): void {
    this.#buffers.set(buffer.id, buffer);
    this.#say({ type: 'buffer', id: buffer.id, bytes: this.#met.bytesFor(buffer) });
  }

  #lent(id: number): SharedBuffer {
    const buffer = this.#buffers.get(id);
    if (buffer === undefined) throw new TypeError('"id" must be of a buffer that was lent');
    return buffer;
  }

  #ownBlob<Blob extends { readonly address: Address }>(blob: Blob): Blob {
    return { ...blob, address: { ...blob.address, stream: this.stream } };
  }

  #groupEntry(number: number): PromiseWithResolvers<Address> {
    const known = this.#groups.get(number);
    if (known !== undefined) return known;
    const entry = Promise.withResolvers<Address>();
    entry.promise.catch(() => undefined);
    if (this.#failure !== undefined) entry.reject(this.#failure);
    this.#groups.set(number, entry);
    return entry;
  }

  #say(message: ToWorker): void {
    this.#started().postMessage(message);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#running.values()) reject(error);
    for (const { reject } of this.#groups.values()) reject(error);
  }
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
