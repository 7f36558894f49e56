/** Signals, one or two in a row as people press Ctrl-C, through the program as it is installed. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url));

/** Sends both as soon as the program listens to the last of them. */
function preload(signal: string): string {
  const sendTwice = `process.emit('${signal}'); process.emit('${signal}')`;
  const code = `process.on('newListener', (name) => { if (name === 'SIGTERM') setImmediate(() => { ${sendTwice} }) })`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

for (const [signal, exitCode] of SIGNALS) {
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

for (const [signal, exitCode] of SIGNALS) {
  test(`${signal} from outside stops a backup that waits, and the next one goes on`, async (t) => {
    const cwd = mkdtempSync(join(tmpdir(), 'holdfast-stopped-'));
    t.after(() => rmSync(cwd, { recursive: true }));
    const env = { ...process.env, HOLDFAST_HOME: join(cwd, 'home') };
    const settings = { cwd, env, encoding: 'utf8' } as const;
    const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], settings);
    mkdirSync(join(cwd, 'chats'));
    writeFileSync(join(cwd, 'chats/a.txt'), 'text');
    assert.equal(run('init', '--store', 'store', '--key-out', 'key.txt').status, 0);
    {
      using database = new DatabaseSync(join(cwd, 'chats/b.db'));
      database.exec('CREATE TABLE message (content TEXT); BEGIN EXCLUSIVE');
      const child = spawn(process.execPath, [program, 'backup', 'chats', '--json'], {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      const closed = once(child, 'close');
      // It makes a folder for copies right before it asks for the database.
      const isWaiting = (): boolean =>
        readdirSync(env.HOLDFAST_HOME, { recursive: true }).some((path) =>
          /\bdatabases-/.test(`${path}`),
        );
      while (child.exitCode === null && !isWaiting()) await setTimeout(20);
      child.kill(signal);
      const [status, killedBy] = await closed;
      assert.deepEqual([status, killedBy, stderr], [exitCode, null, '']);
      const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
      assert.deepEqual([last.type, last.code, last.exitCode], ['error', 'cancelled', exitCode]);
    }
    const { status, stdout } = run('backup', 'chats', '--json');
    assert.equal(status, 0);
    assert.equal(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').snapshot, 1);
  });
}

/** Stops the run once the next key is kept, and before anything of it is in the store. */
const STOPS_LATE = `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  const { rename } = fs;
  fs.rename = async (from, to) => {
    await rename(from, to);
    if (to.endsWith('.next.key')) process.emit('SIGINT');
  };
  syncBuiltinESMExports();
`)}`;

test('A change of the key that is stopped late says to keep the new key, and goes on', (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'holdfast-stopped-'));
  t.after(() => rmSync(cwd, { recursive: true }));
  const env = { ...process.env, HOLDFAST_HOME: join(cwd, 'home') };
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
  assert.equal(run(program, 'init', '--store', 'store', '--key-out', 'key.txt').status, 0);
  const change = [program, 'key', 'rotate', '--root', '--key-out'];
  const stopped = run('--import', STOPS_LATE, ...change, 'new.txt');
  assert.equal(
    stopped.stderr,
    'holdfast: Stopped: the key may be changed already, so keep the new one\n          "holdfast key rotate --root" finishes the change, or begins it anew.\n',
  );
  assert.equal(stopped.status, 130);
  const again = run(...change, 'another.txt');
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stderr, /had been cut off before it counted/);
});
