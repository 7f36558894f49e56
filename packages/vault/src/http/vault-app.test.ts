import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { makeBuiltInIssuer, TokenChecker, type TokenScope } from '../authorisation/index.ts';
import type { Vault } from '../vault/index.ts';
import { type Answered, type RequestLimits, type VaultAppOptions, vaultApp } from './vault-app.ts';

const fingerprint = 'f1'.repeat(32);
const issuer = makeBuiltInIssuer({ fingerprint, seed: new Uint8Array(32).fill(1) });
const secretHex = '5e'.repeat(32);
const secret = new Uint8Array(32).fill(0x5e);
const HELLO = 1;
const ENROL = 2;
const STATUS = 6;
const GUESS = 8;

/** Answers with what it was given; fails as told. */
class EchoVault implements Vault {
  readonly seen: (TokenScope | null)[] = [];
  failure: unknown = null;
  until: Promise<void> = Promise.resolve();

  async handle(
    request: Uint8Array,
    authorised: { readonly scope: TokenScope } | null,
  ): Promise<Uint8Array> {
    this.seen.push(authorised?.scope ?? null);
    await this.until;
    if (this.failure !== null) throw this.failure;
    return request;
  }

  async tend(): Promise<void> {
    await this.check();
  }

  async check(): Promise<void> {
    if (this.failure !== null) throw this.failure;
  }
}

const NO_LIMITS: RequestLimits = { perAddress: 0, perAccount: 0, tokensPerAddress: 0, atOnce: 100 };

function setUp(changes: Partial<VaultAppOptions> = {}) {
  const vault = new EchoVault();
  const answers: Answered[] = [];
  const app = vaultApp({
    vault,
    checker: new TokenChecker({ issuers: [issuer], fingerprint }),
    issuer,
    origins: [],
    limits: NO_LIMITS,
    addressOf: (request) => request.headers.get('x-test-address') ?? '192.0.2.1',
    onAnswered: (answered) => answers.push(answered),
    ...changes,
  });
  return { app, vault, answers };
}

/** Magic, kind, and some bytes. */
function request(kind: number, moreBytes = 96): Uint8Array<ArrayBuffer> {
  const magic = new TextEncoder().encode('HFVREQ\0\x01');
  return concatBytes(
    magic,
    Uint8Array.of(kind),
    new Uint8Array(moreBytes),
  ) as Uint8Array<ArrayBuffer>;
}

function post(body: RequestInit['body'], headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/octet-stream', ...headers },
    duplex: 'half',
  } as RequestInit;
}

async function bearer(scope: TokenScope, account = secret): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await issuer.issue(account, scope)}` };
}

async function assertProblem(
  response: Response,
  status: number,
  code: string,
): Promise<Record<string, unknown>> {
  const problem = (await response.json()) as Record<string, unknown>;
  assert.equal(response.status, status);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(problem.status, status);
  assert.equal(problem.code, code);
  return problem;
}

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

const json = (value: unknown): RequestInit =>
  post(typeof value === 'string' ? value : JSON.stringify(value), {
    'content-type': 'application/json',
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
