/** `holdfast password set` stopped in the middle: before anything counts, and after. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startVault } from '@holdfast/testing/vault-process';

const program = fileURLToPath(new URL('../../bin/holdfast.js', import.meta.url));

/** Passes all on to a vault, but holds back what goes to one path, for ever. */
async function holdBack(url: string, path: string, t: TestContext) {
  const { promise: held, resolve } = Promise.withResolvers<void>();
  let isHolding = true;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    if (isHolding && request.url === `/v1/${path}`) {
      resolve();
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
  const letThrough = (): void => {
    isHolding = false;
  };
  return { url: `http://127.0.0.1:${port}`, held, letThrough };
}

async function setAndStop(path: string, t: TestContext) {
  const cwd = mkdtempSync(join(tmpdir(), 'holdfast-stopped-'));
  t.after(() => rmSync(cwd, { recursive: true }));
  const vault = await startVault(join(cwd, 'vault'));
  t.after(() => process.kill(vault.pid, 'SIGKILL'));
  const proxy = await holdBack(vault.url, path, t);
  const env = { ...process.env, HOLDFAST_HOME: join(cwd, 'home') };
  const start = (...args: string[]) =>
    spawn(process.execPath, [program, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const run = async (...args: string[]): Promise<{ status: number; stderr: string }> => {
    const child = start(...args);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [status] = await once(child, 'close');
    return { status, stderr };
  };
  writeFileSync(join(cwd, 'password'), 'correct horse battery staple');
  const init = [program, 'init', '--store', 'store', '--key-out', 'key.txt'];
  assert.equal(spawnSync(process.execPath, init, { cwd, env }).status, 0);
  const trusted = await run('vault', 'trust', proxy.url, '--fingerprint', vault.fingerprint);
  assert.equal(trusted.status, 0, trusted.stderr);

  const args = ['password', 'set', '--sheet', 'sheet.txt', '--password-file', 'password', '-q'];
  const child = start(...args);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  await proxy.held;
  child.kill('SIGINT');
  const [status] = await closed;
  assert.equal(status, 130, stderr);
  proxy.letThrough();
  return { sheet: join(cwd, 'sheet.txt'), run, args, stderr };
}

test('password set stopped before anything counts leaves no sheet, and can be run again', async (t) => {
  const { sheet, run, args, stderr } = await setAndStop('stage', t);
  assert.equal(stderr, 'holdfast: Stopped\n');
  assert.ok(!existsSync(sheet));
  const again = await run(...args);
  assert.equal(again.status, 0, again.stderr);
});

test('password set stopped after it counts keeps the sheet, which is good', async (t) => {
  const { sheet, run, args, stderr } = await setAndStop('commit', t);
  assert.match(stderr, /^holdfast: Stopped: the password may be set already, so keep the sheet\n/);
  assert.ok(existsSync(sheet));
  const again = await run(...args.with(3, 'other.txt'));
  assert.equal(again.status, 2);
  assert.match(again.stderr, /one is set already/);
  const check = await run('password', 'check', '--sheet', sheet, '--password-file', 'password');
  assert.equal(check.status, 0, check.stderr);
});
