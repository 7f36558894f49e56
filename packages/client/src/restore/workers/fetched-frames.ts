/**
 * The content of frames that were fetched, opened one by one as it is asked for.
 */
import { FRAME_BYTES, frameOfContent, framePlace, openFrame } from '@holdfast/core/backup-format';
import { releaseBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { assertHolds } from '../assert-holds.ts';
import { type JobFetch, type JobRanges, RANGE_FIELDS } from './restore-messages.ts';

interface OpenedFrame {
  readonly fetch: number;
  readonly frame: number;
  readonly content: Uint8Array;
}

const NONE: OpenedFrame = { fetch: -1, frame: -1, content: new Uint8Array(0) };

export class FetchedFrames {
  readonly #fetches: readonly JobFetch[];
  /** Where in `#bytes` the frames of each fetch begin. */
  readonly #starts: readonly number[];
  readonly #bytes: Uint8Array;
  /** The frame that was opened last: what is asked for next often lies in it too. */
  #opened: OpenedFrame = NONE;

  /** @param bytes The frames of all fetches, as they are stored, one fetch behind the other. */
  constructor(fetches: readonly JobFetch[], bytes: Uint8Array) {
    this.#fetches = fetches;
    this.#bytes = bytes;
    let start = 0;
    this.#starts = fetches.map(({ frames }) => {
      start += frames * FRAME_BYTES;
      return start - frames * FRAME_BYTES;
    });
  }

  /**
   * Fills `into` with the bytes from `at` on of those that `ranges` name, one after another.
   *
   * @throws {HoldfastError} `damaged` when a frame does not open, or there are fewer bytes.
   */
  async copy(ranges: JobRanges, at: number, into: Uint8Array): Promise<void> {
    let skipped = 0;
    let filled = 0;
    for (let i = 0; i < ranges.length; i += RANGE_FIELDS) {
      const [fetch = 0, contentOffset = 0, lengthBytes = 0] = ranges.subarray(i, i + RANGE_FIELDS);
      const from = Math.max(at, skipped);
      const to = Math.min(at + into.length, skipped + lengthBytes);
      if (from < to) {
        const room = into.subarray(from - at, to - at);
        await this.#copyRange(fetch, contentOffset + from - skipped, room);
        filled += room.length;
      }
      skipped += lengthBytes;
    }
    assertHolds(filled, 0, into.length);
  }

  /** Forgets what was opened. */
  release(): void {
    releaseBytes(this.#opened.content);
    this.#opened = NONE;
  }

  async #copyRange(fetch: number, contentOffset: number, into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const frame = frameOfContent(contentOffset + done);
      const content = await this.#open(fetch, frame);
      const from = contentOffset + done - framePlace(frame).contentOffset;
      const stretch = content.subarray(from, from + into.length - done);
      into.set(stretch, done);
      done += stretch.length;
    }
  }

  async #open(fetch: number, frame: number): Promise<Uint8Array> {
    if (this.#opened.fetch === fetch && this.#opened.frame === frame) return this.#opened.content;
    this.release();
    const keys = this.#fetches[fetch] as JobFetch;
    const at = (this.#starts[fetch] as number) + (frame - keys.firstFrame) * FRAME_BYTES;
    const stored = this.#bytes.subarray(at, at + FRAME_BYTES);
    const content = await openFrame(nodeCrypto, keys, frame, stored);
    this.#opened = { fetch, frame, content };
    return content;
  }
}
