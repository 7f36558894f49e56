import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertProblem,
  bearer,
  GUESS,
  HELLO,
  json,
  NO_LIMITS,
  post,
  request,
  secretHex,
  setUp,
} from './fixture/edge.ts';

test('one address gets its minute’s worth, its neighbours theirs', async () => {
  const { app, answers } = setUp({ limits: { ...NO_LIMITS, perAddress: 3 } });
  const ask = (address: string) =>
    app.request('/v1/hello', post(request(HELLO), { 'x-test-address': address }));
  for (let i = 0; i < 3; i++) assert.equal((await ask('2001:db8::1')).status, 200);
  const refused = await ask('2001:db8::2');
  assert.equal(refused.headers.get('retry-after'), '20');
  await assertProblem(refused, 429, 'too-many-requests');
  assert.equal((await ask('2001:db8:0:1::1')).status, 200);
  assert.equal(answers.at(-2)?.code, 'too-many-requests');
});

test('one account gets its minute’s worth from however many addresses', async () => {
  const { app, vault } = setUp({ limits: { ...NO_LIMITS, perAccount: 2 } });
  const ask = async (last: number, account?: Uint8Array<ArrayBuffer>) => {
    const headers = { ...(await bearer('guess', account)), 'x-test-address': `192.0.2.${last}` };
    return app.request('/v1/guess', post(request(GUESS), headers));
  };
  assert.equal((await ask(1)).status, 200);
  assert.equal((await ask(2)).status, 200);
  await assertProblem(await ask(3), 429, 'too-many-requests');
  assert.equal((await ask(3, new Uint8Array(32))).status, 200);
  assert.equal(vault.seen.length, 3);
});

test('more at once than there is room for are told to come again', async () => {
  const { app, vault } = setUp({ limits: { ...NO_LIMITS, atOnce: 2 } });
  const { promise, resolve } = Promise.withResolvers<void>();
  vault.until = promise;
  const waiting = [1, 2].map(() => app.request('/v1/hello', post(request(HELLO))));
  await new Promise(setImmediate);
  const refused = await app.request('/v1/hello', post(request(HELLO)));
  await assertProblem(refused, 503, 'busy');
  resolve();
  for (const response of await Promise.all(waiting)) assert.equal(response.status, 200);
  assert.equal((await app.request('/v1/hello', post(request(HELLO)))).status, 200);
});

test('the built-in issuer gives a token for a secret, and the token is good', async () => {
  const { app } = setUp();
  const response = await app.request('/v1/token', json({ secret: secretHex, scope: 'guess' }));
  assert.equal(response.headers.get('content-type'), 'application/json');
  const { token } = (await response.json()) as { token: string };
  const init = post(request(GUESS), { authorization: `Bearer ${token}` });
  assert.equal((await app.request('/v1/guess', init)).status, 200);
});

test('the built-in issuer refuses all else, and repeats nothing of it', async () => {
  const { app } = setUp();
  const wrong: unknown[] = [
    '',
    'null',
    '[]',
    secretHex,
    '['.repeat(1000),
    { secret: secretHex },
    { secret: secretHex, scope: 'admin' },
    { secret: secretHex, scope: ['guess'] },
    { secret: secretHex.slice(2), scope: 'guess' },
    { secret: `${secretHex.slice(1)}g`, scope: 'guess' },
    { secret: [secretHex], scope: 'guess' },
    { secret: secretHex, scope: 'guess', more: 1 },
  ];
  for (const value of wrong) {
    const response = await app.request('/v1/token', json(value));
    const problem = await assertProblem(response, 400, 'damaged');
    assert.doesNotMatch(JSON.stringify(problem), /5e5e/);
  }
  const long = json({ secret: secretHex, scope: 'x'.repeat(1024) });
  await assertProblem(await app.request('/v1/token', long), 413, 'too-large');
});

test('tokens have a limit of their own', async () => {
  const { app } = setUp({ limits: { ...NO_LIMITS, tokensPerAddress: 1 } });
  const init = (): RequestInit => json({ secret: secretHex, scope: 'guess' });
  assert.equal((await app.request('/v1/token', init())).status, 200);
  await assertProblem(await app.request('/v1/token', init()), 429, 'too-many-requests');
  assert.equal((await app.request('/v1/hello', post(request(HELLO)))).status, 200);
});

test('a vault with an identity service issues nothing', async () => {
  const { app } = setUp({ issuer: null });
  const response = await app.request('/v1/token', json({ secret: secretHex, scope: 'guess' }));
  assert.equal(response.status, 404);
});

test('a page of a configured origin may call, and no other', async () => {
  const origin = 'https://app.example.org';
  const { app } = setUp({ origins: [origin] });
  const preflight = await app.request('/v1/guess', {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
  assert.equal(preflight.headers.get('access-control-allow-methods'), 'POST');
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'authorization,content-type');
  assert.equal(preflight.headers.get('access-control-allow-credentials'), null);
  const own = await app.request('/v1/hello', post(request(HELLO), { origin }));
  assert.equal(own.headers.get('access-control-allow-origin'), origin);
  assert.match(own.headers.get('vary') ?? '', /origin/i);
  const refused = await app.request('/v1/guess', post(request(GUESS), { origin }));
  assert.equal(refused.headers.get('access-control-allow-origin'), origin);
  for (const other of ['https://evil.example.org', 'null', `${origin}.evil.example`]) {
    const response = await app.request('/v1/hello', post(request(HELLO), { origin: other }));
    assert.equal(response.headers.get('access-control-allow-origin'), null);
  }
  const none = await setUp().app.request('/v1/hello', post(request(HELLO), { origin }));
  assert.equal(none.headers.get('access-control-allow-origin'), null);
});
