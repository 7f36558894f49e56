/** Two signals in a row, as people press Ctrl-C, through the program as it is installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url));

/** Sends both as soon as the program listens to the last of them. */
function preload(signal: string): string {
  const sendTwice = `process.emit('${signal}'); process.emit('${signal}')`;
  const code = `process.on('newListener', (name) => { if (name === 'SIGTERM') setImmediate(() => { ${sendTwice} }) })`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`A second ${signal} ends the run at once, and nothing but that it stopped is said`, () => {
    const args = ['--import', preload(signal), program, 'key', 'verify', '--key-file', '-'];
    const run = (more: string[]) =>
      spawnSync(process.execPath, [...args, ...more], {
        encoding: 'utf8',
        cwd: tmpdir(),
        stdio: ['pipe', 'pipe', 'pipe'],
      });
    const told = run([]);
    assert.equal(told.stderr, 'holdfast: Stopped\n');
    assert.equal(told.status, exitCode);
    const json = run(['--json']);
    assert.deepEqual(JSON.parse(json.stdout), {
      type: 'error',
      code: 'cancelled',
      message: 'Stopped',
      exitCode,
    });
    assert.equal(json.stderr, '');
  });
}
