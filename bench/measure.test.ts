import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { measure } from './measure.ts';

const script = (source: string) => ({ argv: [process.execPath, '-e', source] }) as const;

test('measure() counts the memory of a grandchild', async () => {
  const grandchild = 'globalThis.held = Buffer.alloc(200e6, 1); setTimeout(() => {}, 400)';
  const { peakPssBytes, peakRssBytes } = await measure(
    script(`require('node:child_process').spawnSync(process.execPath, ['-e', '${grandchild}'])`),
    tmpdir(),
  );
  assert.ok(peakPssBytes > 200e6, `${peakPssBytes}`);
  assert.ok(peakRssBytes >= peakPssBytes);
});

test('measure() counts the CPU time of a grandchild', async () => {
  const grandchild = 'while (process.cpuUsage().user < 300_000);';
  const { cpuMs } = await measure(
    script(`require('node:child_process').spawnSync(process.execPath, ['-e', '${grandchild}'])`),
    tmpdir(),
  );
  assert.ok(cpuMs >= 300, `${cpuMs}`);
});

test('measure() keeps the end of the output and hides settings of the person who runs it', async () => {
  process.env.RESTIC_REPOSITORY = '/elsewhere';
  const { stdout } = await measure(
    script(`console.log('x'.repeat(1e6)); console.log(process.env.RESTIC_REPOSITORY)`),
    tmpdir(),
  );
  assert.equal(stdout.length, 64 * 1024);
  assert.ok(stdout.endsWith('x\nundefined\n'));
});

test('measure() throws what the command said last', async () => {
  await assert.rejects(measure(script(`throw new Error('no such snapshot')`), tmpdir()), {
    message: /ended with 1[\s\S]*no such snapshot/,
  });
});

test('measure() throws when the program is missing', async () => {
  await assert.rejects(measure({ argv: ['no-such-program'] }, tmpdir()), { code: 'ENOENT' });
});
