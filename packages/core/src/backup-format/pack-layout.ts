/**
 * Geometry of a pack (spec/backup-format.md §4.1): an 80-byte header, then sealed frames that end
 * on multiples of 64 KiB.
 *
 * "Content" is the plaintext of all frames in order. Between content and file offset there is only
 * this arithmetic, so that any range can be read without reading what stands before it.
 */
import { TAG_BYTES } from '../crypto/index.ts';
import { FRAME_BYTES, PACK_MAX_K, PACK_UNIT_BYTES } from './limits.ts';

/** Length of a pack's header. */
export const PACK_HEADER_BYTES = 80;

const FIRST_FRAME_PLAIN_BYTES = FRAME_BYTES - PACK_HEADER_BYTES - TAG_BYTES;
const FRAME_PLAIN_BYTES = FRAME_BYTES - TAG_BYTES;

/** Length of a pack object, in bytes. @param k 0…6. */
export function packBytes(k: number): number {
  if (!Number.isInteger(k) || k < 0 || k > PACK_MAX_K) {
    throw new RangeError(`"k" must be 0 to ${PACK_MAX_K}: got ${k}`);
  }
  return PACK_UNIT_BYTES << k;
}

/** Number of frames in a pack. */
export function packFrames(k: number): number {
  return packBytes(k) / FRAME_BYTES;
}

/** Bytes of plaintext that a pack holds, its index and padding included. */
export function packContentBytes(k: number): number {
  return packFrames(k) * FRAME_PLAIN_BYTES - PACK_HEADER_BYTES;
}

/** Where frame `frame` stands. */
export interface FramePlace {
  /** First byte of the sealed frame inside the object. */
  readonly objectOffset: number;
  /** Length of ciphertext and tag. */
  readonly sealedBytes: number;
  /** First content byte that the frame holds. */
  readonly contentOffset: number;
  readonly contentBytes: number;
}

export function framePlace(frame: number): FramePlace {
  if (frame === 0) {
    return {
      objectOffset: PACK_HEADER_BYTES,
      sealedBytes: FRAME_BYTES - PACK_HEADER_BYTES,
      contentOffset: 0,
      contentBytes: FIRST_FRAME_PLAIN_BYTES,
    };
  }
  return {
    objectOffset: frame * FRAME_BYTES,
    sealedBytes: FRAME_BYTES,
    contentOffset: frame * FRAME_PLAIN_BYTES - PACK_HEADER_BYTES,
    contentBytes: FRAME_PLAIN_BYTES,
  };
}

/** Number of the frame that holds a content byte. */
export function frameOfContent(contentOffset: number): number {
  return Math.floor((contentOffset + PACK_HEADER_BYTES) / FRAME_PLAIN_BYTES);
}

/**
 * Calls `visit` for each stretch of a content range, with the offset where that stretch stands in
 * an object whose frames are open (in the place of their ciphertext).
 */
export function forEachStretch(
  contentOffset: number,
  lengthBytes: number,
  visit: (objectOffset: number, doneBytes: number, stretchBytes: number) => void,
): void {
  let done = 0;
  while (done < lengthBytes) {
    const at = contentOffset + done;
    const place = framePlace(frameOfContent(at));
    const inFrame = at - place.contentOffset;
    const stretchBytes = Math.min(place.contentBytes - inFrame, lengthBytes - done);
    visit(place.objectOffset + inFrame, done, stretchBytes);
    done += stretchBytes;
  }
}
