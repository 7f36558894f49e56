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
import { alignedBytes } from '../../platform/aligned-bytes.ts';
import { BuffersKnown } from '../../platform/shared-buffers.ts';
import { writeLong } from '../write-fully.ts';
import {
  type JobBlob,
  type RestoreAnswer,
  type RestoreJob,
  WRITE_FIELDS,
} from './restore-messages.ts';

const port = parentPort;
if (port === null) throw new TypeError('"restore-worker.ts" must run in a worker thread');

const buffers = new BuffersKnown();
/** The plaintext of one blob; aligned, so that disks take it as it lies. */
const scratch = alignedBytes(CHUNK_MAX_BYTES);

async function perform(job: RestoreJob): Promise<void> {
  const buffer = buffers.take(job.buffer, job.bytes);
  const bytes = buffer.bytes.subarray(0, job.frames * FRAME_BYTES);
  await openFrames(nodeCrypto, job, job.firstFrame, bytes);
  for (const blob of job.blobs) {
    write(blob, plaintext(blob, bytes, job.firstFrame));
  }
}

/** Valid until the next call. */
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
  scratch.set(plain);
  releaseBytes(plain);
  return scratch;
}

function write({ writes }: JobBlob, plain: Uint8Array): void {
  for (let i = 0; i < writes.length; i += WRITE_FIELDS) {
    const [fd, directFd, fileOffset, from, length] = writes.subarray(i, i + WRITE_FIELDS);
    writeLong(
      fd as number,
      directFd as number,
      plain,
      from as number,
      length as number,
      fileOffset as number,
    );
  }
}

port.on('message', (job: RestoreJob) => {
  const answer = (failure: RestoreAnswer['failure']): void =>
    port.postMessage({ id: job.id, failure } satisfies RestoreAnswer);
  perform(job).then(
    () => {
      answer(null);
    },
    (error: NodeJS.ErrnoException) => {
      const code = error instanceof HoldfastError ? 'damaged' : null;
      answer({ code, errno: code === null ? error.code : undefined, message: error.message });
    },
  );
});
