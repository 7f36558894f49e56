/**
 * Entry point of a restore worker: opens frames, decompresses, and writes straight into place.
 *
 * What is written was authenticated by the frame it came from; it is not hashed again.
 */
import { parentPort } from 'node:worker_threads';
import { CHUNK_MAX_BYTES } from '@holdfast/core/backup-format';
import { releaseBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { BuffersKnown } from '../../platform/shared-buffers.ts';
import { assertHolds } from '../assert-holds.ts';
import { type FillStretch, StretchWriter } from '../stretch-writer.ts';
import { FetchedFrames } from './fetched-frames.ts';
import {
  type JobBlob,
  type RestoreAnswer,
  type RestoreJob,
  WRITE_FIELDS,
} from './restore-messages.ts';

const port = parentPort;
if (port === null) throw new TypeError('"restore-worker.ts" must run in a worker thread');

const buffers = new BuffersKnown();
/** The stored bytes of one compressed blob. */
const scratch = new Uint8Array(CHUNK_MAX_BYTES);
const writer = new StretchWriter();
let turn: Promise<void> = Promise.resolve();

async function perform(job: RestoreJob): Promise<void> {
  const frames = new FetchedFrames(job.fetches, buffers.take(job.buffer, job.memory).bytes);
  try {
    for (const blob of job.blobs) {
      if (blob.compressed) await writeCompressed(blob, frames);
      else await writeBlob(blob, (into, at) => frames.copy(blob.ranges, at, into));
    }
    writer.flush();
  } finally {
    writer.discard();
    frames.release();
  }
}

async function writeCompressed(blob: JobBlob, frames: FetchedFrames): Promise<void> {
  const stored = scratch.subarray(0, blob.storedBytes);
  await frames.copy(blob.ranges, 0, stored);
  const plain = nodeCrypto.zstdDecompress(stored, blob.plainBytes);
  if (plain === null) {
    throw new HoldfastError('damaged', 'Cannot decompress a blob: it is not what was written');
  }
  await writeBlob(blob, (into, at) => into.set(plain.subarray(at, at + into.length)));
  releaseBytes(plain);
}

/** @param fill Gives the plaintext. */
async function writeBlob({ writes, plainBytes }: JobBlob, fill: FillStretch): Promise<void> {
  for (let i = 0; i < writes.length; i += WRITE_FIELDS) {
    const [fd = -1, directFd = -1, fileOffset = 0, from = 0, lengthBytes = 0, isEnd] =
      writes.subarray(i, i + WRITE_FIELDS);
    assertHolds(plainBytes, from, lengthBytes);
    const stretch = { file: { fd, directFd }, fileOffset, lengthBytes, isEnd: isEnd === 1 };
    await writer.add(stretch, (into, at) => fill(into, from + at));
  }
}

async function answer(job: RestoreJob): Promise<void> {
  let failure: RestoreAnswer['failure'] = null;
  try {
    await perform(job);
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException;
    const code = error instanceof HoldfastError ? 'damaged' : null;
    failure = { code, errno: code === null ? error.code : undefined, message: error.message };
  }
  port?.postMessage({ id: job.id, failure } satisfies RestoreAnswer);
}

port.on('message', (job: RestoreJob) => {
  turn = turn.then(() => answer(job));
});
