/**
 * Entry point of a check worker: looks through whole packs, one after another.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckAnswer, CheckJob, CheckSetup } from './check-messages.ts';
import { judgePack } from './judge-pack.ts';

const port = parentPort;
if (port === null) throw new TypeError('"check-worker.ts" must run in a worker thread');

const { chunkNameKey } = workerData as CheckSetup;
const say = (answer: CheckAnswer): void => port.postMessage(answer);
let turn: Promise<void> = Promise.resolve();

async function perform(job: CheckJob): Promise<void> {
  try {
    say({ id: job.id, verdict: await judgePack(job, chunkNameKey) });
  } catch (error) {
    say({ id: job.id, failure: (error as Error).message });
  } finally {
    // Gives the pack's 16 MiB back at once, not when garbage is collected.
    (job.bytes.buffer as ArrayBuffer).transfer(0);
  }
}

port.on('message', (job: CheckJob) => {
  turn = turn.then(() => perform(job));
});
