/**
 * Gathers stretches of a file that follow each other, and writes them in long pieces.
 */
import { alignedBytes } from '../platform/aligned-bytes.ts';
import { CACHE_PAGE_MAX_BYTES } from '../platform/direct-io.ts';
import { type OpenFile, writeLong } from './write-long.ts';

/** What is gathered at most; a multiple of the longest page of the page cache. */
const GATHERED_MAX_BYTES = 2 * 1024 * 1024;

/** Fills `into` with what a stretch holds from `at` on. */
export type FillStretch = (into: Uint8Array, at: number) => Promise<void> | void;

export interface Stretch {
  readonly file: OpenFile;
  readonly fileOffset: number;
  readonly lengthBytes: number;
  /** Nothing of the file is written behind it. */
  readonly isEnd: boolean;
}

/** One call at a time. */
export class StretchWriter {
  /** Stands for the file from `#start` on, where a page of the page cache begins. */
  readonly #memory = alignedBytes(GATHERED_MAX_BYTES);
  #file: OpenFile | null = null;
  #start = 0;
  /** Where in memory begins and ends what is not written yet. */
  #from = 0;
  #to = 0;

  /** @throws What writing throws, also for stretches that were taken before. */
  async add({ file, fileOffset, lengthBytes, isEnd }: Stretch, fill: FillStretch): Promise<void> {
    if (this.#file?.fd !== file.fd || this.#start + this.#to !== fileOffset) {
      this.flush();
      this.#begin(file, fileOffset);
    }
    for (let done = 0; done < lengthBytes; ) {
      if (this.#to === this.#memory.length) {
        this.flush();
        this.#begin(file, fileOffset + done);
      }
      const room = Math.min(lengthBytes - done, this.#memory.length - this.#to);
      await fill(this.#memory.subarray(this.#to, this.#to + room), done);
      this.#to += room;
      done += room;
    }
    if (isEnd) this.flush(true);
  }

  /** Writes what was gathered. */
  flush(isEnd = false): void {
    const file = this.#file;
    const bytes = this.#memory.subarray(this.#from, this.#to);
    this.#file = null;
    if (file !== null) writeLong(file, bytes, this.#start + this.#from, isEnd);
  }

  /** Forgets what was gathered. */
  discard(): void {
    this.#file = null;
  }

  #begin(file: OpenFile, fileOffset: number): void {
    this.#file = file;
    this.#from = fileOffset % CACHE_PAGE_MAX_BYTES;
    this.#to = this.#from;
    this.#start = fileOffset - this.#from;
  }
}
