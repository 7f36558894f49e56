/**
 * Guesses from small samples whether compressing a chunk is worth the time. Photos, videos and
 * voice notes are compressed already, and they are most of what is backed up.
 */
import { nodeCrypto } from '@holdfast/core/crypto/node';

/** Up to this length the whole chunk is its own sample. */
const TRY_WHOLE_BYTES = 16 * 1024;
const SAMPLE_BYTES = 4 * 1024;
/** A sample has to lose a sixteenth. */
const PROMISING = 15 / 16;

export function isCompressible(plain: Uint8Array): boolean {
  if (plain.length <= TRY_WHOLE_BYTES) return true;
  // Away from both ends: headers and indexes compress, but say nothing about the rest.
  const first = sampleAt(plain, 1 / 3);
  const second = sampleAt(plain, 2 / 3);
  const packedBytes =
    nodeCrypto.zstdCompress(first, 'fast').length + nodeCrypto.zstdCompress(second, 'fast').length;
  return packedBytes < 2 * SAMPLE_BYTES * PROMISING;
}

function sampleAt(plain: Uint8Array, part: number): Uint8Array {
  const from = Math.floor((plain.length - SAMPLE_BYTES) * part);
  return plain.subarray(from, from + SAMPLE_BYTES);
}
