import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Job, JobThreads, ThreadLostError } from './job-threads.ts';

interface OwnJob extends Job {
  readonly what: 'answer' | 'exit' | 'throw' | 'hang' | 'fill memory';
}

const ENTRY = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ id, what }) => {
    if (what === 'exit') process.exit(0);
    if (what === 'throw') throw new Error('a slip');
    if (what === 'hang') for (;;);
    if (what === 'fill memory') for (const all = []; ; ) all.push({ number: all.length / 3 });
    parentPort.postMessage({ id });
  });`;

function threads(t: TestContext, count = 1): JobThreads<OwnJob, { readonly id: number }> {
  const entry = new URL(`data:text/javascript,${encodeURIComponent(ENTRY)}`);
  const started = new JobThreads<OwnJob, { readonly id: number }>({
    entry,
    count,
    youngMb: 2,
    buffers: 3,
    bufferBytes: 65536,
  });
  t.after(() => started.terminate());
  return started;
}

const TIMEOUT = { timeout: 20_000 };

for (const what of ['exit', 'throw', 'fill memory'] as const) {
  test(`a job that ends its thread (${what}) fails alone`, TIMEOUT, async (t) => {
    const pool = threads(t);
    const buffer = await pool.takeBuffer();
    const lost = assert.rejects(pool.run({ what }, buffer), ThreadLostError);
    const waiting = pool.run({ what: 'answer' }, await pool.takeBuffer());
    await lost;
    await waiting;
    await pool.run({ what: 'answer' }, buffer);
  });
}

test('each job that ends its thread leaves a new one to the next', TIMEOUT, async (t) => {
  const pool = threads(t);
  const buffer = await pool.takeBuffer();
  await assert.rejects(pool.run({ what: 'exit' }, buffer), ThreadLostError);
  await assert.rejects(pool.run({ what: 'exit' }, buffer), ThreadLostError);
  await pool.run({ what: 'answer' }, buffer);
});

test('once the threads are ended, no job is left waiting or taken', TIMEOUT, async (t) => {
  const pool = threads(t);
  const buffer = await pool.takeBuffer();
  const running = assert.rejects(pool.run({ what: 'hang' }, buffer), ThreadLostError);
  const waiting = assert.rejects(pool.run({ what: 'answer' }, buffer), ThreadLostError);
  await pool.terminate();
  await running;
  await waiting;
  await assert.rejects(pool.run({ what: 'answer' }, buffer), /were ended/);
});
