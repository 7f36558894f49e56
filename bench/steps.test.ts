import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Data } from './data.ts';
import { listFiles } from './folder.ts';
import { type Failure, runSteps, type Sample, steps } from './steps.ts';
import type { Tool } from './tools/tool.ts';

const shell = (script: string, ...args: string[]) =>
  ({ argv: ['sh', '-ec', script, 'sh', ...args] }) as const;

/** Backs up by copying. */
const copier: Tool = {
  name: 'copier',
  settings: '',
  compresses: false,
  version: () => '1',
  init: () => [],
  backup: (place) => shell('cp -a "$1" "$2"', place.source, place.repository),
  restore: (place, _label, to) => shell('cp -a "$1"/. "$2"', place.repository, to),
  check: () => shell('echo checked'),
  restoreOne: (place, _label, path, to) =>
    shell('cp "$1/current/$2" "$3"', place.repository, path, to),
  traffic: (stdout) => (stdout === 'checked\n' ? { requests: 7 } : {}),
};

async function run(t: TestContext, ...tools: readonly Tool[]) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-steps-'));
  t.after(() => rm(folder, { recursive: true }));
  const samples: Sample[] = [];
  const failures: Failure[] = [];
  await runSteps({
    run: 0,
    tools,
    data: await smallData(join(folder, 'data')),
    workFolder: join(folder, 'work'),
    onSample: (sample) => samples.push(sample),
    onFailure: (failure) => failures.push(failure),
  });
  return { samples, failures };
}

async function smallData(folder: string): Promise<Data> {
  await mkdir(join(folder, 'day0'), { recursive: true });
  await mkdir(join(folder, 'next-day'), { recursive: true });
  await writeFile(join(folder, 'day0/messages'), 'x'.repeat(1000));
  await writeFile(join(folder, 'day0/image'), 'y'.repeat(100_000));
  await writeFile(join(folder, 'next-day/messages'), 'z'.repeat(1500));
  const day0 = (await listFiles(join(folder, 'day0'))).map(
    (file) => ({ ...file, in: 'day0' }) as const,
  );
  const [messages] = await listFiles(join(folder, 'next-day'));
  const next = [day0[0], { ...messages, in: 'next-day' }] as Data['states']['day0'];
  const states = { day0, 'next-day': next, 'quiet-day': next };
  return { folder, states } as unknown as Data;
}

test('runSteps() measures every step of a sound tool', async (t) => {
  const { samples, failures } = await run(t, copier);
  assert.deepEqual(failures, []);
  assert.deepEqual(
    samples.map(({ step, addedBytes, repositoryBytes }) => [step, addedBytes, repositoryBytes]),
    [
      ['first', 101_000, 101_000],
      ['next-day', 500, 101_500],
      ...steps.slice(2).map(({ id }) => [id, 0, 101_500]),
    ],
  );
  assert.equal(samples.find(({ step }) => step === 'next-day')?.writtenBytes, 1500);
  assert.equal(samples.find(({ step }) => step === 'check')?.requests, 7);
});

test('runSteps() drops a tool that restores wrongly, and goes on with the others', async (t) => {
  const liar: Tool = {
    ...copier,
    name: 'liar',
    restore: (place, _label, to) =>
      shell('cp -a "$1"/. "$2" && rm "$2/current/image"', place.repository, to),
  };
  const { samples, failures } = await run(t, liar, copier);
  assert.deepEqual(
    failures.map(({ tool, step }) => [tool, step]),
    [['liar', 'restore']],
  );
  assert.match(failures[0]?.message ?? '', /image is missing/);
  assert.equal(samples.filter(({ tool }) => tool === 'copier').length, steps.length);
});

test('runSteps() drops a tool that alters the source', async (t) => {
  const vandal: Tool = {
    ...copier,
    name: 'vandal',
    backup: (place) => shell('echo >> "$1/messages"', place.source),
  };
  const { failures } = await run(t, vandal);
  assert.match(failures[0]?.message ?? '', /altered the folder/);
});
