/**
 * A fixed number of buffers in memory that all threads share: they bound how much is under way, and
 * are used again and again instead of being made and collected.
 *
 * They begin where a page of memory begins, so that a disk can take them as they lie.
 */
import { sharedAlignedBytes } from './aligned-bytes.ts';

export interface SharedBuffer {
  /** Stands for the memory in messages: what a thread has met before need not be sent again. */
  readonly id: number;
  readonly bytes: Uint8Array;
}

export class SharedBuffers {
  readonly #lengthBytes: number;
  readonly #free: SharedBuffer[] = [];
  readonly #waiting: ((buffer: SharedBuffer) => void)[] = [];
  #unmade: number;

  /** @param count Most buffers that are ever made; each is made when it is first needed. */
  constructor(count: number, lengthBytes: number) {
    this.#unmade = count;
    this.#lengthBytes = lengthBytes;
  }

  /** Waits until a buffer is free. Its content has no meaning. */
  async take(): Promise<SharedBuffer> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#unmade > 0) {
      return { id: this.#unmade--, bytes: sharedAlignedBytes(this.#lengthBytes) };
    }
    const { promise, resolve } = Promise.withResolvers<SharedBuffer>();
    this.#waiting.push(resolve);
    return await promise;
  }

  give(buffer: SharedBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }
}

/** What one thread has been sent: V8 would count memory anew each time it comes. */
export class BuffersMet {
  readonly #ids = new Set<number>();

  /** The bytes to send along with the id; null when the thread has them. */
  bytesFor({ id, bytes }: SharedBuffer): Uint8Array | null {
    if (this.#ids.has(id)) return null;
    this.#ids.add(id);
    return bytes;
  }
}

/** The other end of `BuffersMet`, in the thread. */
export class BuffersKnown {
  readonly #buffers = new Map<number, SharedBuffer>();

  /** @param bytes As `BuffersMet.bytesFor` gave them. */
  take(id: number, bytes: Uint8Array | null): SharedBuffer {
    if (bytes !== null) this.#buffers.set(id, { id, bytes });
    const buffer = this.#buffers.get(id);
    if (buffer === undefined) throw new TypeError('"id" must be of a buffer that was sent');
    return buffer;
  }
}
