/** Passwords set, changed and removed, and cut off in the middle: by the person, and by the vault. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startVault } from '@holdfast/testing/vault-process';

const program = fileURLToPath(new URL('../../bin/holdfast.js', import.meta.url));

/** Passes all on to a vault, but what it is told to hold back or to refuse. */
async function startProxy(url: string, t: TestContext) {
  let heldPath: string | null = null;
  let refusedPath: string | null = null;
  let onHeld = (): void => undefined;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    if (request.url === heldPath) return onHeld();
    if (request.url === refusedPath) {
      response.writeHead(401, { 'content-type': 'application/problem+json' });
      response.end('{"code":"not-authorised"}');
      return;
    }
    const { 'content-type': type = '', authorization } = request.headers;
    const answer = await fetch(`${url}${request.url}`, {
      method: 'POST',
      headers: { 'content-type': type, ...(authorization && { authorization }) },
      body: Buffer.concat(parts),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** Resolves when something is held. */
    async hold(path: string): Promise<void> {
      heldPath = `/v1/${path}`;
      await new Promise<void>((resolve) => {
        onHeld = resolve;
      });
    },
    /** Answers what nobody has signed. */
    refuse(path: string): void {
      refusedPath = `/v1/${path}`;
    },
    letThrough(): void {
      heldPath = null;
      refusedPath = null;
    },
  };
}

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Desk {
  readonly sheet: string;
  run(...args: string[]): Promise<Ended>;
  /** Runs until a request to `path` is on its way to the vault, then stops it. */
  runAndStop(path: string, ...args: string[]): Promise<Ended>;
  /** Runs while every request to `path` is refused. */
  runRefused(path: string, ...args: string[]): Promise<Ended>;
}

/** A device with a backup, and a vault that it trusts, behind what holds messages back. */
async function sitDown(t: TestContext): Promise<Desk> {
  const cwd = mkdtempSync(join(tmpdir(), 'holdfast-stopped-'));
  t.after(() => rmSync(cwd, { recursive: true }));
  const vault = await startVault(join(cwd, 'vault'));
  t.after(() => process.kill(vault.pid, 'SIGKILL'));
  const proxy = await startProxy(vault.url, t);
  const env = { ...process.env, HOLDFAST_HOME: join(cwd, 'home') };
  const start = (args: readonly string[]) => {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const child = spawn(process.execPath, [program, ...args], { cwd, env, stdio });
    const written = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        written[name] += text;
      });
    }
    const ended = once(child, 'close').then(([status]) => ({ status, ...written }));
    return { child, ended };
  };
  const run = async (...args: string[]) => await start(args).ended;
  const runAndStop = async (path: string, ...args: string[]) => {
    const held = proxy.hold(path);
    const { child, ended } = start(args);
    await held;
    child.kill('SIGINT');
    const stopped = await ended;
    proxy.letThrough();
    return stopped;
  };
  const runRefused = async (path: string, ...args: string[]) => {
    proxy.refuse(path);
    const ended = await run(...args);
    proxy.letThrough();
    return ended;
  };
  writeFileSync(join(cwd, 'password'), 'correct horse battery staple');
  writeFileSync(join(cwd, 'other'), 'seven green lamps under water');
  for (const args of [
    ['init', '--store', 'store', '--key-out', 'key.txt'],
    ['vault', 'trust', proxy.url, '--fingerprint', vault.fingerprint],
  ]) {
    const { status, stderr } = await run(...args);
    assert.equal(status, 0, stderr);
  }
  return { sheet: join(cwd, 'sheet.txt'), run, runAndStop, runRefused };
}

const SET = ['password', 'set', '--sheet', 'sheet.txt', '--password-file', 'password', '-q'];

test('password set stopped before anything counts leaves no sheet, and can be run again', async (t) => {
  const { sheet, run, runAndStop } = await sitDown(t);
  assert.deepEqual(await runAndStop('stage', ...SET), {
    status: 130,
    stdout: '',
    stderr: 'holdfast: Stopped\n',
  });
  assert.ok(!existsSync(sheet));
  const again = await run(...SET);
  assert.equal(again.status, 0, again.stderr);
});

test('password set stopped after it counts keeps the sheet, which is good', async (t) => {
  const { sheet, run, runAndStop } = await sitDown(t);
  const { status, stderr } = await runAndStop('commit', ...SET);
  assert.equal(status, 130);
  assert.match(stderr, /^holdfast: Stopped: the password may be set already, so keep the sheet\n/);
  assert.ok(existsSync(sheet));
  const again = await run(...SET.with(3, 'other.txt'));
  assert.equal(again.status, 2);
  assert.match(again.stderr, /one is set already/);
  const check = await run('password', 'check', '--sheet', sheet, '--password-file', 'password');
  assert.equal(check.status, 0, check.stderr);
});

test('password change stopped before the old one ends leaves both, until the new one is typed', async (t) => {
  const { sheet, run, runAndStop } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const check = ['password', 'check', '--sheet', sheet, '--password-file'];
  const none = await run(...check, 'password', '--older');
  assert.equal(none.status, 12);
  assert.match(none.stderr, /Cannot try an older password: the vaults have none/);

  const passwords = ['--old-password-file', 'password', '--password-file', 'other'];
  const change = ['password', 'change', '--sheet', sheet, ...passwords];
  const stopped = await runAndStop('retire', ...change);
  assert.equal(stopped.status, 130);
  assert.match(stopped.stderr, /Stopped: the new password may be set already, beside the old one/);
  const older = await run(...check, 'password', '--older');
  assert.equal(older.status, 0, older.stderr);
  const newer = await run(...check, 'other');
  assert.equal(newer.status, 0, newer.stderr);
  assert.match(newer.stderr, /the one before still works/);
  const ended = await run(...check, 'password', '--older');
  assert.equal(ended.status, 12, ended.stderr);
});

const CHANGE = ['password', 'change', '--sheet', 'sheet.txt', '--old-password-file', 'password'];

test('password change that too few vaults have taken says so, and the next run goes on', async (t) => {
  const { sheet, run, runRefused } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const changed = await runRefused('commit', ...CHANGE, '--password-file', 'other');
  assert.equal(changed.status, 1, changed.stderr);
  assert.match(changed.stdout, /^The new password is set, but too few vaults have it yet: /);
  const check = await run('password', 'check', '--sheet', sheet, '--password-file', 'other');
  assert.equal(check.status, 0, check.stderr);
});

test('password change that a vault has not ended the old one for says where it works', async (t) => {
  const { run, runRefused } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const { status, stdout } = await runRefused('retire', ...CHANGE, '--password-file', 'other');
  assert.equal(status, 0);
  assert.match(stdout, /the old one works, too, at http:\/\/127\.0\.0\.1:\d+, until/);
});

test('password remove believes no vault that refuses without a signature', async (t) => {
  const { run, runRefused } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const remove = ['password', 'remove', '--forgotten', '--json'];
  const refused = await runRefused('status', ...remove);
  assert.equal(refused.status, 1, refused.stderr);
  assert.match(refused.stdout, /"ended":0,"isReached":false/);
  assert.equal((await run(...remove)).status, 0);
});

test('a proof that does not arrive is told of, and brought there by the next run', async (t) => {
  const { sheet, run, runRefused } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const check = ['password', 'check', '--sheet', sheet, '--password-file', 'password'];
  const { status, stderr } = await runRefused('proof', ...check);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /has not noted that the guess was right, so it counts as a wrong one/);
  const log = await run('guess-log');
  assert.match(log.stdout, /wrong, made on this device/);
  const next = await run('status');
  assert.doesNotMatch(next.stdout, /until the right one is typed/);
  const after = await run('guess-log');
  assert.doesNotMatch(after.stdout, /wrong, made on this device/);
});

test('a password that this device cannot note works all the same', async (t) => {
  const { sheet, run } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const memory = join(dirname(sheet), 'home', 'state', 'passwords');
  rmSync(memory, { recursive: true });
  writeFileSync(memory, 'no folder');
  const check = ['password', 'check', '--sheet', sheet, '--password-file', 'password'];
  const { status, stdout, stderr } = await run(...check);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^The password is right/);
  assert.match(stderr, /Cannot note on this device that a password was typed/);
});
