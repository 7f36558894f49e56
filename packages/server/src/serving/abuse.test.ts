/** What anybody can send to the open port of a vault: all refused, the process healthy, its memory bounded. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { REQUEST_KINDS } from '@holdfast/core/vault-protocol';
import { ServerProcess } from '../fixture/server-process.ts';
import { askIdentity } from '../fixture/vault-caller.ts';

const MB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-abuse-'));
let server: ServerProcess;
let url: string;
let metricsUrl: string;

before(async () => {
  const limits = ['--requests-per-address', '0', '--tokens-per-address', '0'];
  const args = ['vault', '--data', folder, '--listen', '127.0.0.1:0', ...limits];
  server = new ServerProcess([...args, '--metrics', '127.0.0.1:0', '--log-level', 'debug']);
  url = await server.url();
  [, metricsUrl = ''] = await server.printed(/^Metrics +(\S+)/m);
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function memoryBytes(): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]);
}

async function send(path: string, contentType: string, body: string | Uint8Array) {
  const headers = { 'content-type': contentType };
  const init = { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> };
  return await fetch(`${url}${path}`, init);
}

/** Sends raw bytes, and gets all that comes back. */
async function sendRaw(text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let got = '';
  socket.on('data', (chunk) => {
    got += chunk;
  });
  socket.on('error', () => {
    // Cut off while it still sends.
  });
  socket.end(text);
  await once(socket, 'close');
  return got;
}

test('bodies that are too long, by length or by chunks, are refused and not kept', async () => {
  const beforeBytes = await memoryBytes();
  for (let i = 0; i < 20; i++) {
    const response = await send('/v1/hello', 'application/octet-stream', new Uint8Array(8 * MB));
    assert.equal(response.status, 413);
    await response.arrayBuffer();
  }
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const head =
    'POST /v1/hello HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
  const endless = Array.from({ length: 20 }, () => sendRaw(head + chunk.repeat(20)));
  for (const got of await Promise.all(endless)) assert.match(got, /^HTTP\/1\.1 413 /);
  assert.ok((await memoryBytes()) - beforeBytes < 100 * MB);
});

test('random bytes at every path are refused as damaged', async () => {
  for (const kind of REQUEST_KINDS.filter((one) => one !== 'guess')) {
    for (const length of [0, 1, 9, 105, 20_000]) {
      const bytes = new Uint8Array(randomBytes(length));
      const response = await send(`/v1/${kind}`, 'application/octet-stream', bytes);
      assert.equal(response.status, 400);
      const { code } = (await response.json()) as { code: string };
      assert.equal(code, 'damaged');
    }
  }
});

test('requests of the right form and random content are refused, none as a failure of the vault', async () => {
  for (const [index, kind] of REQUEST_KINDS.slice(1).entries()) {
    for (const length of [105, 169, 400, 20_000]) {
      const bytes = new Uint8Array(randomBytes(length));
      bytes.set(new TextEncoder().encode('HFVREQ\0\x01'));
      bytes[8] = index + 2;
      const response = await send(`/v1/${kind}`, 'application/octet-stream', bytes);
      assert.ok([400, 401].includes(response.status), `${kind} ${length}: ${response.status}`);
    }
  }
});

test('JSON that is deep, long or strange gets no token', async () => {
  const strange = [
    '['.repeat(1000),
    `{"secret":${'{"a":'.repeat(150)}1`,
    '"\ud800"',
    '{"__proto__":1}',
  ];
  for (const body of strange) {
    assert.equal((await send('/v1/token', 'application/json', body)).status, 400);
  }
  assert.equal((await send('/v1/token', 'application/json', '['.repeat(10_000))).status, 413);
});

test('what is no HTTP is refused', async () => {
  assert.match(await sendRaw('GET / HTTP/9\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(await sendRaw(randomBytes(200).toString('latin1')), /^HTTP\/1\.1 400 /);
  const smuggled =
    'POST /v1/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  assert.match(await sendRaw(smuggled), /^HTTP\/1\.1 400 /);
  assert.match(await sendRaw('POST /v1/hello HTTP/1.1\r\nHost: a b\r\n\r\n'), /^HTTP\/1\.1 400 /);
});

test('after all that it serves, has logged no failure, and printed nothing else', async () => {
  await askIdentity(url);
  assert.equal((await fetch(`${url}/ready`)).status, 200);
  const lines = server.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.filter(({ level }) => level !== 'debug' && level !== 'info'),
    [],
  );
  assert.ok(!server.stdout.includes('aborted'));
});
