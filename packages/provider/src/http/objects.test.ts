import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import {
  type LocalProviderOptions,
  ProviderCaller,
  startLocalProvider,
} from '@holdfast/testing/local-provider';

const PACK_BYTES = 262_144;

async function setUp(context: TestContext, options: LocalProviderOptions = {}) {
  const provider = await startLocalProvider(options);
  context.after(() => provider[Symbol.asyncDispose]());
  return { provider, caller: await ProviderCaller.signedUp(provider.origin) };
}

function pack(bytes = new Uint8Array(randomBytes(PACK_BYTES))) {
  const hex = createHash('sha256').update(bytes).digest('hex');
  return { name: `packs/${hex.slice(0, 2)}/${hex}`, bytes, hex };
}

function keyring() {
  const bytes = new Uint8Array(randomBytes(4096));
  return { name: `keyrings/${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

async function answerOf(response: Response): Promise<[number, string]> {
  const { outcome, code } = (await response.json()) as Record<string, string>;
  return [response.status, outcome ?? code ?? ''];
}

test('an object is put once, and read whole, in part, and not at all when it is known', async (context) => {
  const { caller } = await setUp(context);
  for (const { name, bytes } of [pack(), keyring()]) {
    assert.deepEqual(await answerOf(await caller.put(name, bytes)), [201, 'stored']);
    assert.deepEqual(await answerOf(await caller.put(name, bytes)), [200, 'exists']);
    const whole = await caller.get(name);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers.get('content-length'), String(bytes.length));
    assert.deepEqual(new Uint8Array(await whole.arrayBuffer()), bytes);
    const part = await caller.get(name, { range: 'bytes=100-199' });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), `bytes 100-199/${bytes.length}`);
    assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.slice(100, 200));
    const known = await caller.get(name, { 'if-none-match': whole.headers.get('etag') ?? '' });
    assert.equal(known.status, 304);
    const beyond = await caller.get(name, { range: `bytes=100-${bytes.length}` });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get('content-range'), `bytes */${bytes.length}`);
    const odd = await caller.get(name, { range: 'bytes=-5' });
    assert.deepEqual(await answerOf(odd), [400, 'damaged']);
    const head = await caller.ask(`objects/${name}`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get('content-length'), String(bytes.length));
  }
});

test('what is not what its name says is refused, and nothing of it stays', async (context) => {
  const { provider, caller } = await setUp(context);
  const { name, bytes } = pack();
  const other = pack().bytes;
  const wrong: [string, Uint8Array][] = [
    [name, other],
    [name, bytes.subarray(0, 1000)],
    [name, new Uint8Array(PACK_BYTES + 1)],
    [`packs/00/${'f'.repeat(64)}`, bytes],
    [`keyrings/${'0'.repeat(64)}`, new Uint8Array(4096)],
    ['heads/000000000000', new Uint8Array(4096)],
    ['heads/000000000001', new Uint8Array(4096)],
    ['rotations/000000000001', new Uint8Array(516)],
    ['records/key-000001', new Uint8Array(16_384)],
    ['commits/password-000001', new Uint8Array(236)],
    ['others/one', bytes],
  ];
  for (const [at, object] of wrong) {
    assert.deepEqual(await answerOf(await caller.put(at, object)), [400, 'damaged'], at);
  }
  const long = await caller.put(name, new Uint8Array(2 ** 24 + 1));
  assert.deepEqual(await answerOf(long), [413, 'too-large']);
  const list = await (await caller.ask('objects')).json();
  assert.deepEqual(list, { objects: [], next: null });
  for (const shard of await readdir(provider.bytesFolder, { recursive: true })) {
    assert.doesNotMatch(shard, /[0-9a-f]{32}\/[0-9a-f]{32}$/);
  }
});

test('a name that leads elsewhere is refused before anything is done with it', async (context) => {
  const { provider, caller } = await setUp(context);
  const { hostname, port } = new URL(provider.origin);
  const raw = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${caller.token}`, 'content-length': '1' };
      const sent = request({ hostname, port, method: 'PUT', path, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.end('x');
    });
  const names = [
    '../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e/a',
    'packs//a',
    'packs/%00',
    'Packs/a',
    'heads/1',
    'heads%2f000000000001',
    `packs/${'a'.repeat(3000)}`,
  ];
  for (const name of names) {
    const status = (await raw(`/v1/objects/${name}`)) ?? 0;
    assert.ok(status === 400 || status === 404, `${name}: ${status}`);
  }
});

test('a body that ends early, or says no length, leaves nothing', async (context) => {
  const { provider, caller } = await setUp(context);
  const { name, bytes } = pack();
  const { hostname, port } = new URL(provider.origin);
  const headers = { authorization: `Bearer ${caller.token}`, 'content-length': PACK_BYTES };
  const sent = request({ hostname, port, method: 'PUT', path: `/v1/objects/${name}`, headers });
  sent.on('error', () => {
    // It is cut off below.
  });
  sent.write(bytes.subarray(0, 100_000));
  while ((await readdir(provider.bytesFolder, { recursive: true })).length < 3) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  sent.destroy();
  while ((await readdir(provider.bytesFolder, { recursive: true })).length > 2) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal((await caller.get(name)).status, 404);
  const chunked = await caller.ask(`objects/${name}`, {
    method: 'PUT',
    body: new Blob([bytes]).stream(),
    duplex: 'half',
  } as RequestInit);
  assert.deepEqual(await answerOf(chunked), [400, 'damaged']);
});

test('of many who put one name at once, one is first', async (context) => {
  const { provider, caller } = await setUp(context);
  const { name, bytes } = pack();
  const answers = await Promise.all(Array.from({ length: 8 }, () => caller.put(name, bytes)));
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 200, 201]);
  assert.equal((await readdir(provider.bytesFolder, { recursive: true })).length, 3);
});

test('a quota is kept, also by a hundred at once', async (context) => {
  const { caller } = await setUp(context, { quotaBytes: 10 * 4096 });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => {
      const { name, bytes } = keyring();
      return caller.put(name, bytes);
    }),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 10);
  // Beyond 32 at once, others are sent away before they are looked at.
  assert.ok(answers.every(({ status }) => [201, 429, 507].includes(status)));
  assert.ok(answers.some(({ status }) => status === 507));
  const account = (await (await caller.ask('account')).json()) as Record<string, unknown>;
  assert.equal(account.usedBytes, 10 * 4096);
  assert.equal(account.objects, 10);
});

test('small objects have a reserve beyond the quota, large ones have none', async (context) => {
  const { caller } = await setUp(context, { quotaBytes: 600_000, reserveBytes: 300_000 });
  const large = new Uint8Array(randomBytes(8 * PACK_BYTES));
  assert.deepEqual(await answerOf(await caller.put(pack(large).name, large)), [507, 'store-full']);
  for (const expected of [201, 201, 201, 507]) {
    const { name, bytes } = pack();
    assert.equal((await caller.put(name, bytes)).status, expected);
  }
});

test('a listing goes on where a page ends', async (context) => {
  const { caller } = await setUp(context);
  const names: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { name, bytes } = keyring();
    names.push(name);
    await caller.put(name, bytes);
  }
  names.sort();
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const query = after === null ? '' : `&after=${after}`;
    const page = (await (await caller.ask(`objects?prefix=keyrings/&limit=2${query}`)).json()) as {
      objects: { name: string }[];
      next: string | null;
    };
    seen.push(...page.objects.map(({ name }) => name));
    after = page.next;
  } while (after !== null);
  assert.deepEqual(seen, names);
  for (const query of ['prefix=..%00', 'limit=0', 'limit=1001', 'limit=x', 'after=%0a']) {
    assert.equal((await caller.ask(`objects?${query}`)).status, 400, query);
  }
});

test('packs are deleted, and kept for a while; what history stands on is not', async (context) => {
  let nowMs = Date.now();
  const { provider, caller } = await setUp(context, { now: () => nowMs, retentionMs: 1000 });
  const [a, b] = [pack(), keyring()];
  await caller.put(a.name, a.bytes);
  await caller.put(b.name, b.bytes);
  const deleted = await caller.ask(`objects/${a.name}`, { method: 'DELETE' });
  assert.deepEqual(await deleted.json(), { outcome: 'deleted', keptUntilMs: nowMs + 1000 });
  const again = await caller.ask(`objects/${a.name}`, { method: 'DELETE' });
  assert.deepEqual(await again.json(), { outcome: 'absent' });
  const refused = await caller.ask(`objects/${b.name}`, { method: 'DELETE' });
  assert.deepEqual(await answerOf(refused), [403, 'store-denied']);
  assert.equal((await caller.get(a.name)).status, 404);
  assert.equal((await readdir(provider.bytesFolder, { recursive: true })).length, 3);
  assert.equal((await caller.put(a.name, a.bytes)).status, 201);
  nowMs += 1001;
  const { endExpired } = await import('../objects/index.ts');
  const { metadata, bytes } = provider;
  await endExpired({ metadata, bytes, retentionMs: 1000, now: () => nowMs });
  assert.equal((await readdir(provider.bytesFolder, { recursive: true })).length, 3);
});
