/** A few buffers that are used again and again, so that reading costs no memory beyond them. */
import { alignedBytes } from '../../platform/aligned-bytes.ts';

export class Slabs {
  readonly #free: Uint8Array[];
  readonly #waiting: ((slab: Uint8Array) => void)[] = [];

  constructor(count: number, slabBytes: number) {
    this.#free = Array.from({ length: count }, () => alignedBytes(slabBytes));
  }

  /** Waits for a free slab, and gives it back when `use` has ended. */
  async with<Result>(use: (slab: Uint8Array) => Promise<Result>): Promise<Result> {
    const slab = this.#free.pop() ?? (await this.#wait());
    try {
      return await use(slab);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(slab);
      else next(slab);
    }
  }

  #wait(): Promise<Uint8Array> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    this.#waiting.push(resolve);
    return promise;
  }
}

/** Reads until `into` is full or the file ends. @returns How many bytes. */
export function readFully(
  readSync: (fd: number, into: Uint8Array, at: number, length: number, position: number) => number,
  fd: number,
  into: Uint8Array,
  position: number,
): number {
  let done = 0;
  while (done < into.length) {
    const bytes = readSync(fd, into, done, into.length - done, position + done);
    if (bytes === 0) break;
    done += bytes;
  }
  return done;
}
