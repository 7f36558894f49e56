import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Secret } from '@holdfast/core/secret';
import { startLocalProvider } from '@holdfast/testing/local-provider';
import { openStore } from './_opened-provider.ts';
import { ProviderStore } from './provider-store.ts';

const LARGEST_BYTES = 16 * 1024 * 1024;

function pack(lengthBytes: number) {
  const bytes = new Uint8Array(randomBytes(lengthBytes));
  const hex = createHash('sha256').update(bytes).digest('hex');
  return { name: `packs/${hex.slice(0, 2)}/${hex}`, bytes };
}

/** A server that answers as it is told, in a provider's place. */
async function liar(context: TestContext, answer: RequestListener): Promise<string> {
  const token = JSON.stringify({ token: 'a'.repeat(64), scope: 'backup', expiresAtMs: 9e15 });
  const challenge = JSON.stringify({ challenge: 'b'.repeat(128), expiresAtMs: 9e15 });
  const server = createServer((request, response) => {
    if (request.url === '/v1/challenge') response.end(challenge);
    else if (request.url === '/v1/account' || request.url === '/v1/token') response.end(token);
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a quota that is used up is said, also to many large uploads at once', async () => {
  await using provider = await startLocalProvider({ quotaBytes: 1_000_000 });
  const store = await openStore(provider.origin);
  const { name, bytes } = pack(LARGEST_BYTES);
  for (let round = 0; round < 3; round++) {
    const puts = Array.from({ length: 6 }, () => store.put(name, bytes));
    for (const outcome of await Promise.allSettled(puts)) {
      assert.equal(outcome.status, 'rejected');
      assert.equal((outcome as PromiseRejectedResult).reason.code, 'store-full');
    }
  }
  const usage = await store.account?.usage();
  assert.equal(usage?.usedBytes, 0);
  assert.equal(usage?.quotaBytes, 1_000_000);
  await store.close();
});

test('what is there already is not sent again as a whole', async () => {
  await using provider = await startLocalProvider();
  const store = await openStore(provider.origin);
  const { name, bytes } = pack(LARGEST_BYTES);
  assert.equal(await store.put(name, bytes), 'stored');
  for (let i = 0; i < 5; i++) assert.equal(await store.put(name, bytes), 'exists');
  await store.close();
});

test('a token that ended is got anew, once for all who wait', async () => {
  let nowMs = Date.now();
  await using provider = await startLocalProvider({ now: () => nowMs });
  const store = await openStore(provider.origin);
  const { name, bytes } = pack(262_144);
  await store.put(name, bytes);
  nowMs += 16 * 60_000;
  const before = provider.answers.length;
  const read = await Promise.all(Array.from({ length: 8 }, () => store.get(name)));
  assert.ok(read.every((one) => one !== null && Buffer.from(bytes).equals(one)));
  const signIns = provider.answers.slice(before).filter(({ kind }) => kind === 'enter');
  assert.equal(signIns.length, 1);
  await store.close();
});

test('before it is told whose backup it is about, a store asks nothing', async () => {
  await using provider = await startLocalProvider();
  const store = new ProviderStore(provider.origin);
  await assert.rejects(store.get('heads/000000000001'), { code: 'key-missing' });
  assert.deepEqual(provider.answers, []);
});

test('an account code that the provider does not know is not authorised', async () => {
  await using provider = await startLocalProvider();
  const store = new ProviderStore(provider.origin);
  const accountCode = new Secret(new Uint8Array(16).fill(7));
  await store.account.actAs({ kind: 'recovery', accountCode });
  await assert.rejects(store.get('records/key-000001'), { code: 'not-authorised' });
  const owner = await openStore(provider.origin);
  await owner.account?.admitRecovery(accountCode);
  assert.equal(await store.get('records/key-000001'), null);
  await assert.rejects(store.get('heads/000000000001'), { code: 'store-denied' });
  await Promise.all([store.close(), owner.close()]);
});

test('a provider that is called otherwise is told from a wrong key', async (context) => {
  const url = await liar(context, (_, response) => {
    response.end(JSON.stringify({ url: 'https://backup.example.org', signUp: 'open' }));
  });
  const store = await openStore(url);
  await store.close();
  const elsewhere = new ProviderStore(url, {
    fetch: async (input, init) => {
      const isSignIn = String(input).endsWith('/recovery-token');
      if (!isSignIn) return await fetch(input, init);
      return new Response('{"code":"not-authorised"}', { status: 401 });
    },
  });
  const accountCode = new Secret(new Uint8Array(16).fill(7));
  await elsewhere.account.actAs({ kind: 'recovery', accountCode });
  await assert.rejects(elsewhere.get('records/key-000001'), {
    code: 'store-invalid',
    message: /says that it is https:\/\/backup\.example\.org/,
  });
});

test('answers that are none of a provider are no objects, and no absence of them', async (context) => {
  const object = { name: 'heads/000000000001', lengthBytes: 5, writtenAtMs: 1 };
  const answers: [string, RequestListener][] = [
    ['404 of a proxy', (_, response) => response.writeHead(404).end('<html>')],
    ['200 of a proxy', (_, response) => response.writeHead(200).end('<html>')],
    [
      'another part',
      (_, response) => response.writeHead(206, { 'content-length': '3' }).end('abc'),
    ],
    [
      'more than there can be',
      (_, response) => response.writeHead(200, { 'content-length': '99999999999' }).flushHeaders(),
    ],
    [
      'cut off',
      (_, response) => {
        response.writeHead(206, { 'content-length': '5' });
        response.write('ab', () => response.destroy());
      },
    ],
    ['redirect', (_, response) => response.writeHead(302, { location: '/v1/provider' }).end()],
    [
      'list in another order',
      (_, response) => response.end(JSON.stringify({ objects: [object, object], next: null })),
    ],
    [
      'list of something else',
      (_, response) =>
        response.end(JSON.stringify({ objects: [{ ...object, name: 'packs/aa/aa' }], next: null })),
    ],
    [
      'endless list',
      (_, response) => response.end(JSON.stringify({ objects: [], next: 'heads/000000000009' })),
    ],
    [
      'lengths that are none',
      (_, response) =>
        response.end(JSON.stringify({ objects: [{ ...object, lengthBytes: -1 }], next: null })),
    ],
  ];
  for (const [what, answer] of answers) {
    const store = await openStore(await liar(context, answer), { timeoutMs: 300 });
    const range = { offset: 0, lengthBytes: 5 };
    await assert.rejects(
      store.get('heads/000000000001', { range }),
      { code: 'store-unreachable' },
      what,
    );
    await assert.rejects(
      Array.fromAsync(store.list('heads/')),
      { code: 'store-unreachable' },
      what,
    );
    await store.close();
  }
});
