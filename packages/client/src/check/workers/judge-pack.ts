/**
 * Looks through one whole pack: its hash, every frame, its own index, and every blob that lies in
 * it whole.
 */
import {
  type Address,
  decodePackIndex,
  FRAME_BYTES,
  frameOfContent,
  framePlace,
  openFrame,
  PACK_INDEX_LENGTH_BYTES,
  type PackIndex,
  packContentBytes,
  packFrames,
  packIndexOffset,
} from '@holdfast/core/backup-format';
import { equalBytes, releaseBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import type { Job } from '../../platform/job-threads.ts';
import { BlobListingWriter } from './blob-listing-writer.ts';
import type { CheckJob, FoundBlob, PackVerdict } from './check-messages.ts';
import { hasNames } from './names-of.ts';
import { PartPlaces } from './part-places.ts';

type PackJob = Omit<CheckJob, keyof Job>;

/** @param object As it is stored; overwritten. */
export async function judgePack(
  job: PackJob,
  object: Uint8Array,
  chunkNameKey: Uint8Array,
): Promise<PackVerdict> {
  const isNamed = equalBytes(nodeCrypto.sha256(object), job.name);
  const lostFrames = await openAll(job, object);
  const content = object.subarray(0, packContentBytes(job.k));
  const isLost = (from: number, lengthBytes: number): boolean => {
    if (lostFrames.length === 0) return false;
    const last = frameOfContent(from + lengthBytes - 1);
    return lostFrames.some((frame) => frame >= frameOfContent(from) && frame <= last);
  };
  const index = readIndex(content, job.k, isLost);
  const listing = new BlobListingWriter();
  if (index === null) {
    const found = { hasIndex: false, hasSegments: true, wrong: [], crossing: [] };
    return { isNamed, lostFrames, ...found, listing: listing.finish() };
  }
  const wrong: FoundBlob[] = [];
  const crossing: FoundBlob[] = [];
  const places = new PartPlaces(index.parts);
  for (const { address, names } of index.blobs) {
    if (address.kind !== 'node') listing.add(address, names);
    const found = places.find(address.stream, address.offset);
    if (found === null || found.roomBytes < address.storedBytes) {
      const list = found === null ? wrong : crossing;
      list.push(foundBlob(address, names));
      continue;
    }
    if (isLost(found.from, address.storedBytes)) continue;
    const stored = content.subarray(found.from, found.from + address.storedBytes);
    const plain = address.compressed
      ? nodeCrypto.zstdDecompress(stored, address.plainBytes)
      : stored;
    const isRight = plain !== null && hasNames(chunkNameKey, address.kind, plain, names);
    if (!isRight) wrong.push(foundBlob(address, names));
    if (plain !== null && address.compressed) releaseBytes(plain);
  }
  const hasSegments = job.segments.every(({ stream, start, lengthBytes, contentOffset }) => {
    const found = places.find(stream, start);
    return found?.from === contentOffset && found.roomBytes >= lengthBytes;
  });
  return {
    isNamed,
    lostFrames,
    hasIndex: true,
    hasSegments,
    wrong,
    crossing,
    listing: listing.finish(),
  };
}

/**
 * Opens every frame and moves its plaintext up, so that the object becomes its content.
 *
 * @returns The frames that do not open.
 */
async function openAll(job: PackJob, object: Uint8Array): Promise<readonly number[]> {
  const lost: number[] = [];
  for (let frame = 0; frame < packFrames(job.k); frame++) {
    try {
      const at = frame * FRAME_BYTES;
      const stored = object.subarray(at, at + FRAME_BYTES);
      const content = await openFrame(nodeCrypto, job, frame, stored);
      // Content is shorter than what is stored, and so comes to lie in what was read already.
      object.set(content, framePlace(frame).contentOffset);
      releaseBytes(content);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      lost.push(frame);
    }
  }
  return lost;
}

type IsLost = (from: number, lengthBytes: number) => boolean;

/** @returns null when the index can't be read. */
function readIndex(content: Uint8Array, k: number, isLost: IsLost): PackIndex | null {
  const end = content.length - PACK_INDEX_LENGTH_BYTES;
  if (isLost(end, PACK_INDEX_LENGTH_BYTES)) return null;
  try {
    const from = packIndexOffset(content.subarray(end), k);
    if (from < end && isLost(from, end - from)) return null;
    return decodePackIndex(content.subarray(from, end), k);
  } catch (error) {
    if (error instanceof HoldfastError) return null;
    throw error;
  }
}

/** With a copy of the names, which lie in the pack's memory. */
function foundBlob(address: Address, names: Uint8Array): FoundBlob {
  return { ...address, names: names.slice() };
}
