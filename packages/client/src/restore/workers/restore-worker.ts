/**
 * Entry point of a restore worker: opens frames, decompresses, and writes straight into place.
 *
 * What is written was authenticated by the frame it came from; it is not hashed again.
 */
import { parentPort } from 'node:worker_threads';
import {
  CHUNK_MAX_BYTES,
  FRAME_BYTES,
  forEachStretch,
  openFrames,
} from '@holdfast/core/backup-format';
import { releaseBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { collectYoung } from '../../platform/collect-young.ts';
import { BuffersKnown } from '../../platform/shared-buffers.ts';
import { writeFully } from '../write-fully.ts';
import type { JobBlob, RestoreAnswer, RestoreJob } from './restore-messages.ts';

/** Jobs of two mebibytes whose dead buffers may pile up. */
const JOBS_PER_COLLECTION = 4;

const port = parentPort;
let jobsDone = 0;
if (port === null) throw new TypeError('"restore-worker.ts" must run in a worker thread');

const buffers = new BuffersKnown();
const scratch = Buffer.allocUnsafeSlow(CHUNK_MAX_BYTES);

async function perform(job: RestoreJob): Promise<void> {
  const buffer = buffers.take(job.buffer, job.bytes);
  const bytes = buffer.bytes.subarray(0, job.frames * FRAME_BYTES);
  await openFrames(nodeCrypto, job, job.firstFrame, bytes);
  for (const blob of job.blobs) {
    const plain = plaintext(blob, bytes, job.firstFrame);
    write(blob, plain);
    if (blob.compressed) releaseBytes(plain);
  }
}

/** Valid until the next call: most blobs need no memory of their own. */
function plaintext(blob: JobBlob, bytes: Uint8Array, firstFrame: number): Uint8Array {
  const stored = scratch.subarray(0, blob.storedBytes);
  const skipped = firstFrame * FRAME_BYTES;
  forEachStretch(blob.contentOffset, blob.storedBytes, (objectOffset, done, length) => {
    const from = objectOffset - skipped;
    stored.set(bytes.subarray(from, from + length), done);
  });
  if (!blob.compressed) return stored;
  const plain = nodeCrypto.zstdDecompress(stored, blob.plainBytes);
  if (plain === null) {
    throw new HoldfastError('damaged', 'Cannot decompress a blob: it is not what was written');
  }
  return plain;
}

function write({ writes }: JobBlob, plain: Uint8Array): void {
  for (let i = 0; i < writes.length; i += 4) {
    const [fd, fileOffset, from, length] = writes.subarray(i, i + 4) as unknown as number[];
    writeFully(fd as number, plain, from as number, length as number, fileOffset as number);
  }
}

port.on('message', (job: RestoreJob) => {
  const answer = (failure: RestoreAnswer['failure']): void =>
    port.postMessage({ id: job.id, failure } satisfies RestoreAnswer);
  perform(job).then(
    () => {
      answer(null);
      if (++jobsDone % JOBS_PER_COLLECTION === 0) collectYoung();
    },
    (error: NodeJS.ErrnoException) => {
      const code = error instanceof HoldfastError ? 'damaged' : null;
      answer({ code, errno: code === null ? error.code : undefined, message: error.message });
    },
  );
});
