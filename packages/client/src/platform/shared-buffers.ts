/**
 * A fixed number of buffers in memory that all threads share: they bound how much is under way, and
 * are used again and again instead of being made and collected.
 *
 * They begin where a page of memory begins, so that a disk can take them as they lie.
 */
import { sharedAlignedMemory, wholePages } from './aligned-bytes.ts';

export interface SharedBuffer {
  /** Stands for the buffer in messages: its place in the memory of all, from 0. */
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly pool: BufferMemory;
}

/** What all buffers lie in. */
export interface BufferMemory {
  readonly memory: SharedArrayBuffer;
  /** Of one buffer. */
  readonly lengthBytes: number;
}

export class SharedBuffers {
  readonly #lengthBytes: number;
  readonly #free: SharedBuffer[] = [];
  readonly #waiting: ((buffer: SharedBuffer) => void)[] = [];
  readonly #count: number;
  /** Made with the first buffer; a part of it takes no memory before it is used. */
  #pool: BufferMemory | null = null;
  #made = 0;

  /** @param count Most buffers that are ever made. */
  constructor(count: number, lengthBytes: number) {
    this.#count = count;
    this.#lengthBytes = lengthBytes;
  }

  /** Waits until a buffer is free. Its content has no meaning. */
  async take(): Promise<SharedBuffer> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made < this.#count) return bufferOf(this.#memory(), this.#made++);
    const { promise, resolve } = Promise.withResolvers<SharedBuffer>();
    this.#waiting.push(resolve);
    return await promise;
  }

  give(buffer: SharedBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }

  #memory(): BufferMemory {
    const lengthBytes = this.#lengthBytes;
    this.#pool ??= {
      memory: sharedAlignedMemory(this.#count * wholePages(lengthBytes)),
      lengthBytes,
    };
    return this.#pool;
  }
}

function bufferOf(pool: BufferMemory, id: number): SharedBuffer {
  const { memory, lengthBytes } = pool;
  const bytes = new Uint8Array(memory, id * wholePages(lengthBytes), lengthBytes);
  return { id, bytes, pool };
}

/** Whether one thread has been sent the memory: V8 would count it anew each time it comes. */
export class BuffersMet {
  #hasMet = false;

  /** The memory to send along with the id; null when the thread has it. */
  memoryFor({ pool }: SharedBuffer): BufferMemory | null {
    if (this.#hasMet) return null;
    this.#hasMet = true;
    return pool;
  }
}

/** The other end of `BuffersMet`, in the thread: for buffers of one pool. */
export class BuffersKnown {
  #pool: BufferMemory | null = null;

  /** @param memory As `BuffersMet.memoryFor` gave it. */
  take(id: number, memory: BufferMemory | null): SharedBuffer {
    this.#pool ??= memory;
    if (this.#pool === null) throw new TypeError('"memory" must come with the first buffer');
    return bufferOf(this.#pool, id);
  }
}
