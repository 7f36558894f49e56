import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { CompactJWSHeaderParameters, FlattenedJWSInput } from 'jose';
import { remoteKeys } from './remote-keys.ts';

const { publicKey } = generateKeyPairSync('ed25519');
const keySet = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a' }] });
const header: CompactJWSHeaderParameters = { alg: 'EdDSA', kid: 'a' };
const token: FlattenedJWSInput = { payload: '', signature: '' };
const MINUTE_MS = 60_000;

async function serve(context: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
}

test('remoteKeys() fetches once for many tokens', async (context) => {
  let fetched = 0;
  const url = await serve(context, (_, response) => {
    fetched++;
    response.end(keySet);
  });
  const keys = remoteKeys(url);
  const found = await Promise.all(Array.from({ length: 20 }, () => keys(header, token)));
  assert.equal(new Set(found).size, 1);
  assert.equal(fetched, 1);
});

test('remoteKeys() fetches for an unknown key id, but not for each of many', async (context) => {
  let fetched = 0;
  const url = await serve(context, (_, response) => {
    fetched++;
    response.end(keySet);
  });
  const keys = remoteKeys(url);
  await keys(header, token);
  for (let i = 0; i < 10; i++) {
    await assert.rejects(async () => await keys({ alg: 'EdDSA', kid: `x${i}` }, token));
  }
  assert.equal(fetched, 1);
});

test('remoteKeys() keeps keys for a day while the address fails, and tries again meanwhile', async (context) => {
  let nowMs = Date.now();
  context.mock.method(Date, 'now', () => nowMs);
  let status = 200;
  let fetched = 0;
  const url = await serve(context, (_, response) => {
    fetched++;
    response.writeHead(status).end(keySet);
  });
  const keys = remoteKeys(url, { now: () => nowMs });
  await keys(header, token);
  status = 500;
  nowMs += 11 * MINUTE_MS;
  await keys(header, token);
  assert.equal(fetched, 2);
  nowMs += 11 * MINUTE_MS;
  await keys(header, token);
  assert.equal(fetched, 3);
  nowMs += 24 * 60 * MINUTE_MS;
  await assert.rejects(async () => await keys(header, token), { code: 'busy' });
  status = 200;
  await assert.rejects(async () => await keys(header, token), { code: 'busy' });
  nowMs += MINUTE_MS;
  await keys(header, token);
});

const BROKEN: Readonly<Record<string, RequestListener>> = {
  'no 200': (_, response) => response.writeHead(404).end(keySet),
  'a redirect': ({ url }, response) =>
    url === '/keys'
      ? response.writeHead(302, { location: '/elsewhere' }).end()
      : response.end(keySet),
  'no JSON': (_, response) => response.end('<html>'),
  'too many bytes': (_, response) => response.end(keySet + ' '.repeat(70_000)),
  'too many bytes once unpacked': (_, response) =>
    response
      .writeHead(200, { 'content-encoding': 'gzip' })
      .end(gzipSync(keySet + ' '.repeat(10_000_000))),
  'no keys': (_, response) => response.end('{"keys":[]}'),
  'a broken connection': ({ socket }) => socket.destroy(),
};

for (const [name, answer] of Object.entries(BROKEN)) {
  test(`remoteKeys() is busy, and does not ask again at once, when the address gives ${name}`, async (context) => {
    let fetched = 0;
    const url = await serve(context, (request, response) => {
      fetched++;
      answer(request, response);
    });
    const keys = remoteKeys(url);
    await assert.rejects(async () => await keys(header, token), { code: 'busy' });
    await assert.rejects(async () => await keys(header, token), { code: 'busy' });
    assert.equal(fetched, 1);
  });
}

test('remoteKeys() takes HTTPS addresses, and HTTP on this host only', () => {
  for (const url of ['https://id.example.org/keys', 'http://localhost/keys', 'http://[::1]/keys']) {
    remoteKeys(url);
  }
  for (const url of ['http://id.example.org/keys', 'file:///etc/passwd', 'keys', '']) {
    assert.throws(() => remoteKeys(url), { code: 'usage' });
  }
});
