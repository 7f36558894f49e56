/**
 * Entry point of a restore worker: opens frames, decompresses, and writes straight into place.
 *
 * What is written was authenticated by the frame it came from; it is not hashed again.
 */
import { parentPort } from 'node:worker_threads';
import { FRAME_BYTES, forEachStretch, openFrames } from '@holdfast/core/backup-format';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { writeFully } from '../write-fully.ts';
import type { JobBlob, RestoreAnswer, RestoreJob } from './restore-messages.ts';

const port = parentPort;
if (port === null) throw new TypeError('"restore-worker.ts" must run in a worker thread');

async function perform(job: RestoreJob): Promise<void> {
  await openFrames(nodeCrypto, job, job.firstFrame, job.bytes);
  for (const blob of job.blobs) write(blob, plaintext(job, blob));
}

function plaintext(job: RestoreJob, blob: JobBlob): Uint8Array {
  const stored = new Uint8Array(blob.storedBytes);
  const skipped = job.firstFrame * FRAME_BYTES;
  forEachStretch(blob.contentOffset, blob.storedBytes, (objectOffset, done, length) => {
    const from = objectOffset - skipped;
    stored.set(job.bytes.subarray(from, from + length), done);
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
    () => answer(null),
    (error: NodeJS.ErrnoException) => {
      const code = error instanceof HoldfastError ? 'damaged' : null;
      answer({ code, errno: code === null ? error.code : undefined, message: error.message });
    },
  );
});
