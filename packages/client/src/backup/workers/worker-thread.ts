/**
 * One worker thread: the tasks under way on it, the memory lent to it, and where what it stored went.
 */
import { Worker } from 'node:worker_threads';
import { type Address, type BlobKind, STREAM_ID_BYTES } from '@holdfast/core/backup-format';
import { BuffersMet, type SharedBuffer } from '../../platform/shared-buffers.ts';
import type { Backup } from '../../repository/backup.ts';
import type { Filling } from '../../repository/pack-filler.ts';
import type { PackUploads } from '../../repository/pack-uploads.ts';
import { GroupPlaces } from './group-places.ts';
import type {
  BlobPlace,
  FromWorker,
  StreamRest,
  ToWorker,
  WorkerResult,
  WorkerSetup,
  WorkerTask,
} from './messages.ts';
import { UnreadableError } from './unreadable-error.ts';

/**
 * A worker's own heap; packs and slabs lie outside of it. Young objects are few but hold on to the
 * buffers that the crypto calls return: a small young generation gives those back soon.
 */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 2 };

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

interface Running {
  readonly answer: Answer | undefined;
  readonly resolve: (result: WorkerResult) => void;
  readonly reject: (error: unknown) => void;
}

export class WorkerThread implements PoolWorker {
  readonly stream: Uint8Array;
  readonly #backup: Backup;
  /** Started with the first task: when nothing has changed there is none. */
  #thread: Worker | null = null;
  readonly #uploads: PackUploads;
  readonly #running = new Map<number, Running>();
  readonly #groups = new GroupPlaces();
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
    return this.#groups.of(number);
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

  /** Tasks that are under way fail. */
  async terminate(): Promise<void> {
    this.#failure ??= new Error('Cannot run a task: the worker was ended');
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
    thread.on('exit', () => this.#fail(new Error('Cannot go on: a worker ended')));
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
          this.#groups.set(group, this.address('pages', place));
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
    this.#say({ type: 'buffer', id: buffer.id, memory: this.#met.memoryFor(buffer) });
  }

  #lent(id: number): SharedBuffer {
    const buffer = this.#buffers.get(id);
    if (buffer === undefined) throw new TypeError('"id" must be of a buffer that was lent');
    return buffer;
  }

  #ownBlob<Blob extends { readonly address: Address }>(blob: Blob): Blob {
    return { ...blob, address: { ...blob.address, stream: this.stream } };
  }

  #say(message: ToWorker): void {
    this.#started().postMessage(message);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#running.values()) reject(error);
    this.#groups.fail(error);
  }
}
