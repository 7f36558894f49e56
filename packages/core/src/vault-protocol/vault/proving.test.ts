import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeRequest, makeTestOwner, send, type TestOwner } from '../fixture/test-owner.ts';
import { guess, prove, setPassword, type TestPassword } from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';

const MINUTE_MS = 60 * 1000;

interface World {
  readonly owner: TestOwner;
  readonly vault: TestVault;
  readonly password: TestPassword;
}

async function withPassword(): Promise<World> {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  return { owner, vault, password: await setPassword(owner, [vault], { version: 1 }) };
}

/** Guesses left until the limit, and in the lifetime. */
async function left({ owner, vault }: World): Promise<readonly [number, number]> {
  const { status } = await ask(owner, vault, 'status', {});
  return [status.guessesLeft, status.lifetimeLeft];
}

test('the proof of the newest guess clears the row, and gives one guess of the lifetime back', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  for (let i = 0; i < 2; i++) await guess(owner, vault, password, owner.account);
  const right = await guess(owner, vault, password);
  assert.deepEqual(await left(world), [7, 97]);
  vault.advance(10 * MINUTE_MS - 1);
  const first = await prove(owner, vault, password, right);
  assert.deepEqual([first.outcome, first.status.guessesLeft], ['done', 10]);
  assert.deepEqual(await left(world), [10, 98]);
  assert.equal((await prove(owner, vault, password, right)).outcome, 'done');
  assert.deepEqual(await left(world), [10, 98]);
});

test('after ten minutes a proof gives its own guess back, and no more', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  await guess(owner, vault, password, owner.account);
  const right = await guess(owner, vault, password);
  vault.advance(10 * MINUTE_MS);
  await prove(owner, vault, password, right);
  assert.deepEqual(await left(world), [9, 99]);
});

test('the proof of a guess that is not the newest gives its own back, and no more', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  await guess(owner, vault, password, owner.account);
  const right = await guess(owner, vault, password);
  await guess(owner, vault, password, owner.account);
  await prove(owner, vault, password, right);
  assert.deepEqual(await left(world), [8, 98]);
});

test('the proof of a guess before the row was cleared gives back one of the lifetime alone', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  const before = await guess(owner, vault, password);
  await prove(owner, vault, password, await guess(owner, vault, password));
  await guess(owner, vault, password, owner.account);
  assert.deepEqual(await left(world), [9, 98]);
  await prove(owner, vault, password, before);
  assert.deepEqual(await left(world), [9, 99]);
});

test('newest is what is newest of its own record, and what a proof clears is its own row', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  const second = await setPassword(owner, [vault], { version: 2, provedBy: password });
  await guess(owner, vault, second, owner.account);
  await guess(owner, vault, password, owner.account);
  const right = await guess(owner, vault, password);
  vault.advance(MINUTE_MS);
  await guess(owner, vault, second, owner.account);
  assert.deepEqual(await left(world), [6, 96]);
  await prove(owner, vault, password, right);
  assert.deepEqual(await left(world), [8, 97]);
});

test('a proof fits its attempt, its vault, and what was sent and answered', async () => {
  const { owner, vault, password } = await withPassword();
  const { crypto } = owner;
  const first = await guess(owner, vault, password);
  const second = await guess(owner, vault, password);
  assert.equal(
    (await prove(owner, vault, password, { ...first, rest: second.rest })).outcome,
    'not-proved',
  );
  const { blinded } = second;
  assert.equal((await prove(owner, vault, password, { ...first, blinded })).outcome, 'not-proved');
  const unknown = { ...first, attemptId: crypto.randomBytes(16) };
  assert.equal((await prove(owner, vault, password, unknown)).outcome, 'unknown');
  const body = {
    attemptId: first.attemptId,
    sentHash: crypto.sha256(first.blinded.element),
    answeredHash: crypto.sha256(first.rest),
  };
  const other = makeTestVault({ seed: 'other' });
  const bytes = await makeRequest(owner, other, 'proof', body, password.proofSeed);
  await assert.rejects(vault.ask(bytes), { code: 'not-authorised' });
  assert.equal(vault.ledger(owner.backupId)?.lifetime, 2);
});

test('who lacks the proof key of an evaluable record is told nothing', async () => {
  const { owner, vault, password } = await withPassword();
  const right = await guess(owner, vault, password);
  const forged = { ...password, proofSeed: owner.ownerSeed };
  await assert.rejects(prove(owner, vault, forged, right), { code: 'not-authorised' });
  const token = vault.token(owner.account, 'guess');
  const body = { attemptId: right.attemptId, sentHash: owner.account, answeredHash: owner.account };
  const signedBy = owner.ownerSeed;
  const asked = ask(owner, vault, 'proof', body, { signedBy, token });
  await assert.rejects(asked, { code: 'not-authorised' });
});

test('an attempt of one record is not proved by the key of another', async () => {
  const { owner, vault, password } = await withPassword();
  const second = await setPassword(owner, [vault], { version: 2, provedBy: password });
  const right = await guess(owner, vault, second);
  assert.equal((await prove(owner, vault, password, right)).outcome, 'unknown');
  assert.equal((await prove(owner, vault, second, right)).outcome, 'done');
});

test('the last 16 attempts can be proved and repeated, and an older one counts anew', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  const eldest = await guess(owner, vault, password);
  for (let i = 0; i < 15; i++) {
    await prove(owner, vault, password, await guess(owner, vault, password));
  }
  assert.equal((await prove(owner, vault, password, eldest)).outcome, 'done');
  await guess(owner, vault, password);
  assert.equal((await prove(owner, vault, password, eldest)).outcome, 'unknown');
  const { attemptId, blinded } = eldest;
  const body = { recordHash: password.hash, attemptId, element: blinded.element };
  assert.deepEqual(await left(world), [9, 99]);
  const token = vault.token(owner.account, 'guess');
  await send(owner, vault, await makeRequest(owner, vault, 'guess', body), token);
  assert.deepEqual(await left(world), [8, 98]);
});
