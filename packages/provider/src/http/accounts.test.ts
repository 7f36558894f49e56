import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { fromHex, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { providerRecipient, recoverySecret, recoverySubject } from '@holdfast/core/provider-api';
import { Secret } from '@holdfast/core/secret';
import {
  drawKeys,
  type LocalProviderOptions,
  ProviderCaller,
  startLocalProvider,
} from '@holdfast/testing/local-provider';
import { hashInvite } from '../accounts/index.ts';

async function start(context: TestContext, options: LocalProviderOptions = {}) {
  const provider = await startLocalProvider(options);
  context.after(() => provider[Symbol.asyncDispose]());
  return provider;
}

async function assertProblem(response: Response, status: number, code: string): Promise<void> {
  assert.equal(response.status, status);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(((await response.json()) as { code: string }).code, code);
}

/** 4,096 bytes that no one else has, under their name. */
async function keyring() {
  const bytes = new Uint8Array(randomBytes(4096));
  return { name: `keyrings/${toHex(await nodeCrypto.sha256(bytes))}`, bytes };
}

test('a backup signs up once, and signs in from then on', async (context) => {
  const { origin } = await start(context);
  const caller = new ProviderCaller(origin);
  await assertProblem(await caller.login(), 401, 'not-authorised');
  await assertProblem(await caller.enter({ create: false }), 401, 'not-authorised');
  assert.equal((await caller.enter({ create: true })).status, 200);
  const account = (await (await caller.ask('account')).json()) as Record<string, unknown>;
  assert.equal((await caller.enter({ create: true })).status, 200);
  const other = new ProviderCaller(origin, caller.keys);
  assert.equal((await other.login()).status, 200);
  assert.deepEqual(await (await other.ask('account')).json(), account);
  const ownerKey = await nodeCrypto.ed25519PublicKey(caller.keys.owner.bytes());
  const label = new TextEncoder().encode('holdfast/v1/backup-id');
  const id = await nodeCrypto.sha256(new Uint8Array([...label, ...ownerKey]));
  assert.equal(account.backupId, toHex(id));
});

test('a challenge is good once, for a while, and only if this provider drew it', async (context) => {
  let nowMs = Date.now();
  const { origin } = await start(context, { now: () => nowMs });
  const caller = await ProviderCaller.signedUp(origin);
  const signIn = await caller.signIn();
  assert.equal((await caller.post('token', signIn)).status, 200);
  await assertProblem(await caller.post('token', signIn), 409, 'token-used');
  const late = await caller.signIn();
  nowMs += 120_001;
  await assertProblem(await caller.post('token', late), 401, 'not-authorised');
  const own = await caller.signIn('00'.repeat(64));
  await assertProblem(await caller.post('token', own), 401, 'not-authorised');
});

test('a sign-in for another provider, or by another key, is refused', async (context) => {
  const { origin } = await start(context);
  const { keys } = await ProviderCaller.signedUp(origin);
  const elsewhere = new ProviderCaller(origin, keys, 'https://elsewhere.example');
  await assertProblem(await elsewhere.login(), 401, 'not-authorised');
  const caller = new ProviderCaller(origin, keys);
  const signIn = await caller.signIn();
  const stranger = await new ProviderCaller(origin).signIn(signIn.challenge);
  const mixed = { ...signIn, key: stranger.key };
  await assertProblem(await caller.post('token', mixed), 401, 'not-authorised');
});

test('nobody signs up with an owner key that they do not have, or for one that is there', async (context) => {
  const { origin } = await start(context);
  const { keys } = await ProviderCaller.signedUp(origin);
  const thief = drawKeys();
  const withOwner = new ProviderCaller(origin, { ...thief, owner: keys.owner });
  await assertProblem(await withOwner.enter({ create: true }), 401, 'not-authorised');
  const withKey = new ProviderCaller(origin, { ...thief, auth: keys.auth });
  const entered = await withKey.enter({ create: true });
  // Who has the key of an account is in that account, whatever else they say.
  assert.equal(entered.status, 200);
  const account = (await (await withKey.ask('account')).json()) as { backupId: string };
  const owner = new ProviderCaller(origin, keys);
  await owner.login();
  const own = (await (await owner.ask('account')).json()) as { backupId: string };
  assert.equal(account.backupId, own.backupId);
});

test('a token ends after 15 minutes, and is good for its own account alone', async (context) => {
  let nowMs = Date.now();
  const { origin } = await start(context, { now: () => nowMs });
  const [a, b] = [await ProviderCaller.signedUp(origin), await ProviderCaller.signedUp(origin)];
  const { name, bytes } = await keyring();
  assert.equal((await a.put(name, bytes)).status, 201);
  await assertProblem(await b.get(name), 404, 'object-missing');
  assert.deepEqual(await (await b.ask('objects')).json(), { objects: [], next: null });
  // The same bytes are another object for another account: nothing tells that they were there.
  assert.equal((await b.put(name, bytes)).status, 201);
  nowMs += 15 * 60_000;
  await assertProblem(await a.get(name), 401, 'not-authorised');
  a.token = 'f'.repeat(64);
  await assertProblem(await a.get(name), 401, 'not-authorised');
  a.token = '';
  await assertProblem(await a.get(name), 401, 'not-authorised');
});

test('an invite is good for one account', async (context) => {
  const { origin, metadata } = await start(context, { signUp: 'invite' });
  const invite = randomBytes(16);
  await metadata.addInvite(hashInvite(invite));
  const first = new ProviderCaller(origin);
  await assertProblem(await first.enter({ create: true }), 403, 'invite-needed');
  const wrong = { create: true, invite: '00'.repeat(16) };
  await assertProblem(await first.enter(wrong), 403, 'invite-needed');
  const right = { create: true, invite: invite.toString('hex') };
  assert.equal((await first.enter(right)).status, 200);
  assert.equal((await first.enter({ create: true })).status, 200);
  await assertProblem(await new ProviderCaller(origin).enter(right), 403, 'invite-needed');
});

test('a closed provider takes nobody new', async (context) => {
  const { origin } = await start(context, { signUp: 'closed' });
  const caller = new ProviderCaller(origin);
  await assertProblem(await caller.enter({ create: true }), 403, 'invite-needed');
});

test('who has the recovery sheet reads recovery records, and nothing else', async (context) => {
  const { origin } = await start(context);
  const owner = await ProviderCaller.signedUp(origin);
  const recipient = await providerRecipient(nodeCrypto, origin);
  const code = new Secret(new Uint8Array(randomBytes(16)));
  const secret = await recoverySecret(nodeCrypto, code, recipient);
  const subject = toHex(await recoverySubject(nodeCrypto, secret));
  const finder = new ProviderCaller(origin);
  const body = { secret: toHex(secret) };
  await assertProblem(await finder.post('recovery-token', body), 401, 'not-authorised');
  const path = `account/recovery/${subject}`;
  assert.equal((await owner.ask(path, { method: 'PUT' })).status, 204);
  const answer = await finder.post('recovery-token', body);
  const { token, scope } = (await answer.json()) as { token: string; scope: string };
  assert.equal(scope, 'recovery');
  finder.token = token;
  const { name, bytes } = await keyring();
  assert.equal((await owner.put(name, bytes)).status, 201);
  assert.equal((await finder.ask('objects?prefix=records/')).status, 200);
  await assertProblem(await finder.get('records/password-000001'), 404, 'object-missing');
  await assertProblem(await finder.get(name), 403, 'store-denied');
  await assertProblem(await finder.put(name, bytes), 403, 'store-denied');
  await assertProblem(await finder.ask('objects'), 403, 'store-denied');
  await assertProblem(await finder.ask('account'), 403, 'store-denied');
  await assertProblem(await finder.ask(path, { method: 'DELETE' }), 403, 'store-denied');
  assert.equal((await owner.ask(path, { method: 'DELETE' })).status, 204);
  await assertProblem(await finder.post('recovery-token', body), 401, 'not-authorised');
});

test('the newest eight recovery sheets are let in', async (context) => {
  const { origin, metadata } = await start(context);
  const owner = await ProviderCaller.signedUp(origin);
  const subjects = Array.from({ length: 9 }, () => randomBytes(32));
  for (const subject of subjects) {
    const path = `account/recovery/${subject.toString('hex')}`;
    assert.equal((await owner.ask(path, { method: 'PUT' })).status, 204);
  }
  const found = await Promise.all(subjects.map((subject) => metadata.findSubject(subject)));
  assert.deepEqual(
    found.map((account) => account !== null),
    [false, ...Array<boolean>(8).fill(true)],
  );
});

test('a request that is not of its form is refused, and nothing of it is said', async (context) => {
  const { origin } = await start(context);
  const caller = new ProviderCaller(origin);
  const good = await caller.signIn();
  const odd: object[] = [
    {},
    { ...good, more: 1 },
    { ...good, key: good.key?.toUpperCase() },
    { ...good, key: good.key?.slice(2) },
    { ...good, signature: 5 },
    [good],
  ];
  for (const body of odd) await assertProblem(await caller.post('token', body), 400, 'damaged');
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const broken = { ...init, body: '{"secret": ' };
  const answer = await fetch(`${origin}/v1/recovery-token`, broken);
  assert.doesNotMatch(await answer.clone().text(), /secret/);
  await assertProblem(answer, 400, 'damaged');
  const long = { ...init, body: JSON.stringify({ secret: 'a'.repeat(9000) }) };
  await assertProblem(await fetch(`${origin}/v1/recovery-token`, long), 413, 'too-large');
  assert.equal((await fetch(`${origin}/v1/nothing`)).status, 404);
});

test('limits count by address and by account', async (context) => {
  const limits = { entrancesPerAddress: 4, perAccount: 2, accountsPerAddress: 1 };
  const { origin } = await start(context, { limits });
  const caller = await ProviderCaller.signedUp(origin);
  const second = await new ProviderCaller(origin).enter({ create: true });
  await assertProblem(second, 429, 'too-many-requests');
  assert.ok(Number(second.headers.get('retry-after')) > 60);
  const fifth = await caller.post('token', await caller.signIn().catch(() => ({})));
  await assertProblem(fifth, 429, 'too-many-requests');
  for (let i = 0; i < 2; i++) assert.equal((await caller.ask('account')).status, 200);
  await assertProblem(await caller.ask('account'), 429, 'too-many-requests');
});

test('the OpenAPI document tells of every call', async (context) => {
  const { origin } = await start(context);
  const document = (await (await fetch(`${origin}/v1/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const { ENDPOINTS } = await import('./endpoints.ts');
  const operations = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  assert.deepEqual(operations.toSorted(), Object.keys(ENDPOINTS).toSorted());
  const [keySchema] = JSON.stringify(document).match(/"key":\{[^}]*\}/) ?? [];
  assert.match(keySchema ?? '', /0-9a-f/);
  assert.equal(
    ((await (await fetch(`${origin}/v1/provider`)).json()) as { url: string }).url,
    origin,
  );
  assert.ok(fromHex(await new ProviderCaller(origin).challenge()).length === 64);
});
