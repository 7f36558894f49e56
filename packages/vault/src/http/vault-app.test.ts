import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '@holdfast/core/errors';
import {
  assertProblem,
  bearer,
  ENROL,
  GUESS,
  HELLO,
  post,
  request,
  STATUS,
  setUp,
} from './fixture/edge.ts';

test('a request goes to the vault as it is, and its answer comes back as it is', async () => {
  const { app, answers } = setUp();
  const response = await app.request('/v1/hello', post(request(HELLO)));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/octet-stream');
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), request(HELLO));
  const [answered] = answers;
  assert.deepEqual(
    { ...answered, durationMs: 0 },
    { kind: 'hello', status: 200, code: null, address: '192.0.2.1', durationMs: 0 },
  );
});

test('nothing is kept, framed or sniffed, whatever the answer', async () => {
  const { app } = setUp();
  const hello = app.request('/v1/hello', post(request(HELLO)));
  for (const response of [await hello, await app.request('/x'), await app.request('/health')]) {
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  }
});

test('a kind that needs a token gets through with one of its scope only', async () => {
  const { app, vault, answers } = setUp();
  const body = request(GUESS);
  const wrong = [
    {},
    { authorization: '' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer x' },
    { authorization: 'Basic QTpC' },
    { authorization: `${(await bearer('guess')).authorization} more` },
    await bearer('enrol'),
  ];
  for (const headers of wrong) {
    const response = await app.request('/v1/guess', post(body, headers));
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
    await assertProblem(response, 401, 'not-authorised');
  }
  assert.deepEqual(vault.seen, []);
  const response = await app.request('/v1/guess', post(body, await bearer('guess')));
  assert.equal(response.status, 200);
  assert.deepEqual(vault.seen, ['guess']);
  assert.equal(answers.filter(({ code }) => code === 'not-authorised').length, wrong.length);
});

test('enrol goes without a token, but not with a bad one', async () => {
  const { app, vault } = setUp();
  const body = request(ENROL);
  assert.equal((await app.request('/v1/enrol', post(body))).status, 200);
  assert.equal((await app.request('/v1/enrol', post(body, await bearer('enrol')))).status, 200);
  const bad = await app.request('/v1/enrol', post(body, await bearer('guess')));
  await assertProblem(bad, 401, 'not-authorised');
  assert.deepEqual(vault.seen, [null, 'enrol']);
});

test('where the owner may sign instead, a token of the right scope goes along', async () => {
  const { app, vault } = setUp();
  const body = request(STATUS);
  assert.equal((await app.request('/v1/status', post(body))).status, 200);
  assert.equal((await app.request('/v1/status', post(body, await bearer('guess')))).status, 200);
  const bad = await app.request('/v1/status', post(body, await bearer('enrol')));
  await assertProblem(bad, 401, 'not-authorised');
  assert.deepEqual(vault.seen, [null, 'guess']);
});

test('who is not authorised does not get a body read', async () => {
  const { app } = setUp();
  let pulled = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1024));
      },
    },
    { highWaterMark: 0 },
  );
  await assertProblem(await app.request('/v1/guess', post(body)), 401, 'not-authorised');
  assert.equal(pulled, 0);
});

test('a body of 64 KiB goes through, and one byte more does not', async () => {
  const { app, vault } = setUp();
  const most = request(HELLO, 65_536 - 9);
  assert.equal((await app.request('/v1/hello', post(most))).status, 200);
  const more = post(request(HELLO, 65_536 - 8));
  await assertProblem(await app.request('/v1/hello', more), 413, 'too-large');
  assert.equal(vault.seen.length, 1);
});

test('a body without end is read no further than the limit', async () => {
  const { app } = setUp();
  let pulled = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(16_384));
      },
    },
    { highWaterMark: 0 },
  );
  await assertProblem(await app.request('/v1/hello', post(body)), 413, 'too-large');
  assert.ok(pulled <= 6);
});

test('a stated length that is too long, or is none, is refused unread', async () => {
  const { app } = setUp();
  for (const length of ['65537', '1e3', '-1', '']) {
    const headers = { 'content-length': length };
    const response = await app.request('/v1/hello', post(request(HELLO), headers));
    await assertProblem(response, 413, 'too-large');
  }
});

test('a body that breaks off is damaged, and no failure of the vault', async () => {
  const { app } = setUp();
  const body = new ReadableStream({
    start(controller) {
      controller.error(new Error('reset'));
    },
  });
  await assertProblem(await app.request('/v1/hello', post(body)), 400, 'damaged');
});

test('a request at the path of another kind never reaches the vault', async () => {
  const { app, vault } = setUp();
  for (const body of [request(GUESS), new Uint8Array(8), new Uint8Array(0), null]) {
    await assertProblem(await app.request('/v1/hello', post(body)), 400, 'damaged');
  }
  assert.deepEqual(vault.seen, []);
});

test('another content type is refused', async () => {
  const { app } = setUp();
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', '']) {
    const init = post(request(HELLO), { 'content-type': type });
    await assertProblem(await app.request('/v1/hello', init), 400, 'damaged');
  }
  const init = post(request(HELLO), { 'content-type': 'Application/Octet-Stream; v=1' });
  assert.equal((await app.request('/v1/hello', init)).status, 200);
});

test('what the vault throws comes as a problem of the spec, and says no more', async () => {
  const thrown: readonly (readonly [unknown, number, string])[] = [
    [new HoldfastError('damaged', 'Cannot read an element: SECRET'), 400, 'damaged'],
    [new HoldfastError('not-authorised', 'SECRET'), 401, 'not-authorised'],
    [new HoldfastError('token-used', 'SECRET'), 409, 'token-used'],
    [new HoldfastError('format-too-new', 'SECRET'), 400, 'damaged'],
    [new HoldfastError('hsm-unusable', 'SECRET'), 503, 'busy'],
    [new HoldfastError('store-unreachable', 'SECRET'), 503, 'busy'],
    [new HoldfastError('stale', 'SECRET'), 500, 'internal'],
    [new Error('SECRET'), 500, 'internal'],
    ['SECRET', 500, 'internal'],
  ];
  for (const [error, status, code] of thrown) {
    const { app, vault, answers } = setUp();
    vault.failure = error;
    const response = await app.request('/v1/hello', post(request(HELLO)));
    const problem = await assertProblem(response, status, code);
    assert.doesNotMatch(JSON.stringify(problem), /SECRET/);
    assert.equal(response.headers.has('retry-after'), code === 'busy');
    const isOurs = code === 'busy' || code === 'internal';
    assert.equal(answers[0]?.cause, isOurs ? error : undefined);
  }
});

test('other paths and methods are not there', async () => {
  const { app, vault } = setUp();
  for (const path of ['/', '/v1/', '/v1/nothing', '/v2/hello', '/v1/hello/', '/v1/../v1/x']) {
    assert.equal((await app.request(path, post(request(HELLO)))).status, 404);
  }
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    const response = await app.request('/v1/hello', { method });
    assert.equal(response.status, 404);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
  }
  assert.deepEqual(vault.seen, []);
});

test('health is of the process, readiness of what it stands on', async () => {
  const { app, vault } = setUp();
  vault.failure = new HoldfastError('store-unreachable', 'SECRET');
  assert.equal((await app.request('/health')).status, 200);
  await assertProblem(await app.request('/ready'), 503, 'busy');
  const other = setUp();
  assert.equal((await other.app.request('/ready')).status, 200);
});

test('readiness is asked of the vault once for many who ask at the same time', async () => {
  const { app, vault } = setUp();
  let asked = 0;
  vault.check = async () => {
    asked++;
  };
  await Promise.all(Array.from({ length: 50 }, () => app.request('/ready')));
  assert.equal(asked, 1);
});

test('a failure of the edge itself is a problem like any other, and prints nothing', async (context) => {
  const printed = context.mock.method(console, 'error', () => {});
  const { app } = setUp({
    addressOf: () => {
      throw new Error('SECRET');
    },
  });
  await assertProblem(await app.request('/v1/hello', post(request(HELLO))), 500, 'internal');
  assert.equal(printed.mock.callCount(), 0);
});
