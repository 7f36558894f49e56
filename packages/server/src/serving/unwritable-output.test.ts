/** A server whose output can't be written. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/holdfast-server.js', import.meta.url));
const FULL = '/dev/full';

describe('on a full disk', { skip: !existsSync(FULL) && 'NOT RUN: there is no /dev/full' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-full-'));
  const env = { PATH: process.env.PATH ?? '', CACHE_DIRECTORY: join(folder, 'cache') };
  let full: number;

  before(() => {
    full = openSync(FULL, 'w');
  });
  after(() => {
    closeSync(full);
    rmSync(folder, { recursive: true, force: true });
  });

  function start(args: readonly string[], stdout: 'pipe' | number, stderr: 'pipe' | number) {
    const stdio: ['ignore', 'pipe' | number, 'pipe' | number] = ['ignore', stdout, stderr];
    return spawn(process.execPath, [PROGRAM, ...args], { env, stdio });
  }

  async function ended(child: ChildProcess): Promise<number | null> {
    const [code] = await once(child, 'close');
    return code;
  }

  test('what could not be printed is a failure, and said', async () => {
    const child = start(['help'], full, 'pipe');
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    assert.equal(await ended(child), 1);
    assert.equal(stderr, 'holdfast-server: Cannot print: no room is left on this device\n');
  });

  test('a vault serves that can not write its log', async () => {
    const args = ['vault', '--listen', '127.0.0.1:0', '--data', join(folder, 'vault')];
    const child = start([...args, '--log-level', 'debug'], 'pipe', full);
    let stdout = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    while (!stdout.includes('Give people both'))
      await once(child.stdout as NodeJS.EventEmitter, 'data');
    const [, url] = /^Address +(\S+)$/m.exec(stdout) ?? [];
    for (let i = 0; i < 3; i++) {
      const refused = await fetch(`${url}/v1/guess`, { method: 'POST', body: 'x' });
      assert.equal(refused.status, 400);
    }
    assert.equal((await fetch(`${url}/ready`)).status, 200);
    child.kill('SIGTERM');
    assert.equal(await ended(child), 0);
  });
});
