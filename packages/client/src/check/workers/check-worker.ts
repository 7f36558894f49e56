/**
 * Entry point of a check worker: looks through whole packs, one after another.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { packBytes } from '@holdfast/core/backup-format';
import { BuffersKnown } from '../../platform/shared-buffers.ts';
import type { CheckAnswer, CheckJob, CheckSetup } from './check-messages.ts';
import { judgePack } from './judge-pack.ts';

const port = parentPort;
if (port === null) throw new TypeError('"check-worker.ts" must run in a worker thread');

const { chunkNameKey } = workerData as CheckSetup;
const say = (answer: CheckAnswer): void => port.postMessage(answer);
const buffers = new BuffersKnown();
let turn: Promise<void> = Promise.resolve();

async function perform(job: CheckJob): Promise<void> {
  try {
    const object = buffers.take(job.buffer, job.memory).bytes.subarray(0, packBytes(job.k));
    say({ id: job.id, verdict: await judgePack(job, object, chunkNameKey) });
  } catch (error) {
    say({ id: job.id, failure: (error as Error).message });
  }
}

port.on('message', (job: CheckJob) => {
  turn = turn.then(() => perform(job));
});
