import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeTestOwner, type TestOwner } from '../fixture/test-owner.ts';
import {
  freshElement,
  guess,
  prove,
  setPassword,
  type TestPassword,
} from '../fixture/test-password.ts';
import { makeTestVault, type TestVault, type TestVaultOptions } from '../fixture/test-vault.ts';
import type { RequestBodies } from '../messages/index.ts';
import { assertLimits, DEFAULT_LIMITS } from './ledger.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** After the guess that makes the total its place in this list, from 1 on. */
const DELAYS_MS = [
  ...[0, 0, 0],
  ...[MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS],
];

interface World {
  readonly owner: TestOwner;
  readonly vault: TestVault;
  readonly password: TestPassword;
}

async function withPassword(options?: TestVaultOptions): Promise<World> {
  const owner = await makeTestOwner();
  const vault = makeTestVault(options);
  return { owner, vault, password: await setPassword(owner, [vault], { version: 1 }) };
}

/** Guesses as often as that, once each delay is over. */
async function guessTimes(world: World, times: number, password = world.password): Promise<void> {
  const { owner, vault } = world;
  for (let i = 0; i < times; i++) {
    const { status } = await ask(owner, vault, 'status', {});
    vault.advance(status.waitMs);
    assert.equal((await guess(owner, vault, password, owner.account)).outcome, 'done');
  }
}

test('each guess counts, and delays grow from the fourth on', async () => {
  const { owner, vault, password } = await withPassword();
  for (const [i, delayMs] of DELAYS_MS.entries()) {
    const { outcome, status } = await guess(owner, vault, password, owner.account);
    assert.equal(outcome, 'done');
    assert.equal(status.state, delayMs === 0 ? 'ready' : 'delayed');
    assert.deepEqual([status.guessesLeft, status.lifetimeLeft], [9 - i, 99 - i]);
    assert.deepEqual([status.waitMs, status.records[0]?.row], [delayMs, i + 1]);
    if (delayMs === 0) continue;
    vault.advance(delayMs - 1);
    const early = await guess(owner, vault, password);
    assert.deepEqual([early.outcome, early.rest.length, early.status.waitMs], ['delayed', 0, 1]);
    vault.advance(1);
  }
  const tenth = await guess(owner, vault, password);
  assert.deepEqual([tenth.outcome, tenth.status.state], ['done', 'frozen']);
  assert.deepEqual([tenth.status.guessesLeft, tenth.status.waitMs], [0, 7 * DAY_MS]);
  assert.equal((await guess(owner, vault, password)).outcome, 'frozen');
  assert.equal(vault.evaluations.length, 1 + 10);
});

test('who is not delayed is not when a crash sets served time back, and who is waits no shorter', async () => {
  const { owner, vault, password } = await withPassword();
  for (const _ of [1, 2, 3]) await guess(owner, vault, password);
  vault.advance(-MINUTE_MS);
  assert.equal((await ask(owner, vault, 'status', {})).status.state, 'ready');
  const fourth = await guess(owner, vault, password);
  assert.equal(fourth.outcome, 'done');
  vault.advance(-MINUTE_MS / 2);
  const early = await guess(owner, vault, password);
  assert.deepEqual([early.outcome, early.status.waitMs], ['delayed', 1.5 * MINUTE_MS]);
});

test('seven days after the tenth guess the key is gone, and its name says why', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  await guessTimes(world, 10);
  vault.advance(7 * DAY_MS - 1);
  assert.equal((await guess(owner, vault, password)).outcome, 'frozen');
  vault.advance(1);
  const { outcome, status } = await guess(owner, vault, password);
  assert.deepEqual([outcome, status.state, status.waitMs], ['not-evaluable', 'none', 0]);
  assert.equal(status.records[0]?.state, 'destroyed');
  const [record] = vault.ledger(owner.backupId)?.records ?? [];
  assert.deepEqual(record?.wrappedKey, new Uint8Array(0));
});

test('the proof of the last guess saves a frozen record', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  await guessTimes(world, 9);
  vault.advance(12 * HOUR_MS);
  const last = await guess(owner, vault, password);
  vault.advance(7 * DAY_MS - 1);
  const { outcome, status } = await prove(owner, vault, password, last);
  assert.deepEqual([outcome, status.guessesLeft], ['done', 1]);
  vault.advance(DAY_MS);
  assert.equal((await ask(owner, vault, 'status', {})).status.records[0]?.state, 'live');
});

test('a repeat is answered at no cost, delayed, frozen, and with another token or the same', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  await guessTimes(world, 9);
  vault.advance(12 * HOUR_MS);
  const last = await guess(owner, vault, password);
  const { attemptId, blinded, token } = last;
  const body = { recordHash: password.hash, attemptId, element: blinded.element };
  for (const used of [token, vault.token(owner.account, 'guess')]) {
    const again = await ask(owner, vault, 'guess', body, { token: used });
    assert.deepEqual([again.outcome, again.rest], ['done', last.rest]);
    assert.deepEqual(again.status, last.status);
  }
  assert.equal(vault.log(owner.backupId).length, 3 + 10);
});

test('the same attempt for something else is a conflict', async () => {
  const { owner, vault, password } = await withPassword();
  const second = await setPassword(owner, [vault], { version: 2, provedBy: password });
  const { attemptId, blinded } = await guess(owner, vault, password);
  const body = { recordHash: password.hash, attemptId, element: blinded.element };
  for (const other of [
    { ...body, element: freshElement(owner) },
    { ...body, recordHash: second.hash },
    { ...body, recordHash: owner.account },
    { ...body, element: new Uint8Array(33) },
  ]) {
    assert.equal(await outcomeOf(owner, vault, other), 'conflict');
  }
  await ask(owner, vault, 'retire', {}, { signedBy: second.proofSeed });
  assert.equal(await outcomeOf(owner, vault, body), 'conflict');
  assert.equal(vault.ledger(owner.backupId)?.lifetime, 1);
});

test('what is not evaluable costs nothing, and what is no element neither', async () => {
  const { owner, vault, password } = await withPassword();
  const body = { attemptId: owner.crypto.randomBytes(16), element: freshElement(owner) };
  const unknown = { ...body, recordHash: owner.account };
  assert.equal(await outcomeOf(owner, vault, unknown), 'not-evaluable');
  for (const element of [new Uint8Array(33), Uint8Array.from([5, ...body.element.slice(1)])]) {
    const damaged = { ...body, recordHash: password.hash, element };
    await assert.rejects(outcomeOf(owner, vault, damaged), { code: 'damaged' });
  }
  assert.deepEqual(vault.ledger(owner.backupId)?.attempts, []);
});

test('a token is good for one guess', async () => {
  const { owner, vault, password } = await withPassword();
  const { token } = await guess(owner, vault, password);
  const body = {
    recordHash: password.hash,
    attemptId: owner.crypto.randomBytes(16),
    element: freshElement(owner),
  };
  await assert.rejects(ask(owner, vault, 'guess', body, { token }), { code: 'token-used' });
  assert.equal(vault.ledger(owner.backupId)?.lifetime, 1);
});

test('what limits is the sum over the live record and the old ones', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  const second = await setPassword(owner, [vault], { version: 2, provedBy: password });
  await guessTimes(world, 6);
  await guessTimes(world, 4, second);
  for (const frozen of [password, second]) {
    assert.equal((await guess(owner, vault, frozen)).outcome, 'frozen');
  }
  const retired = await ask(owner, vault, 'retire', {}, { signedBy: second.proofSeed });
  assert.deepEqual([retired.status.guessesLeft, retired.status.lifetimeLeft], [6, 90]);
});

test('at the limit old records go first, eldest first, and as few as bring the total below it', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  const second = await setPassword(owner, [vault], { version: 2, provedBy: password });
  const third = await setPassword(owner, [vault], { version: 3, provedBy: second });
  await guessTimes(world, 1);
  await guessTimes(world, 2, second);
  await guessTimes(world, 7, third);
  vault.advance(7 * DAY_MS);
  const { status } = await ask(owner, vault, 'status', {});
  const states = status.records.map(({ state }) => state);
  assert.deepEqual([...states, status.guessesLeft], ['destroyed', 'old', 'live', 1]);
  await guessTimes(world, 1, third);
  vault.advance(7 * DAY_MS);
  const next = (await ask(owner, vault, 'status', {})).status;
  const nextStates = next.records.map(({ state }) => state);
  assert.deepEqual([...nextStates, next.guessesLeft], ['destroyed', 'destroyed', 'live', 2]);
  await guessTimes(world, 2, third);
  vault.advance(7 * DAY_MS);
  assert.equal((await ask(owner, vault, 'status', {})).status.state, 'none');
});

test('lifetime goes on over destruction and replacement, and ends all', async () => {
  const world = await withPassword({ limits: { guesses: 3, lifetime: 5 } });
  const { owner, vault } = world;
  await guessTimes(world, 3);
  vault.advance(7 * DAY_MS);
  const second = await setPassword(owner, [vault], { version: 2 });
  await guessTimes(world, 2, second);
  const { outcome, status } = await guess(owner, vault, second);
  assert.deepEqual([outcome, status.state, status.guessesLeft], ['locked-out', 'locked-out', 1]);
  assert.deepEqual([status.lifetimeLeft, status.waitMs], [0, 7 * DAY_MS]);
  vault.advance(7 * DAY_MS);
  assert.equal((await ask(owner, vault, 'status', {})).status.state, 'none');
});

test('the proof of a guess opens a lifetime again', async () => {
  const world = await withPassword({ limits: { guesses: 3, lifetime: 3 } });
  const { owner, vault, password } = world;
  await guessTimes(world, 2);
  const last = await guess(owner, vault, password);
  assert.equal(last.status.state, 'locked-out');
  const { status } = await prove(owner, vault, password, last);
  assert.deepEqual([status.state, status.guessesLeft, status.lifetimeLeft], ['ready', 3, 1]);
});

test('limits may be lower than the protocol, the delay longer, and nothing else', () => {
  assertLimits(DEFAULT_LIMITS);
  assertLimits({ guesses: 1, lifetime: 1, replacementDelayMs: 100 * DAY_MS });
  for (const wrong of [
    { guesses: 11 },
    { guesses: 0 },
    { guesses: 2.5 },
    { lifetime: 101 },
    { lifetime: 9 },
    { replacementDelayMs: 72 * HOUR_MS - 1 },
    { replacementDelayMs: Number.NaN },
  ]) {
    assert.throws(() => assertLimits({ ...DEFAULT_LIMITS, ...wrong }), RangeError);
  }
});

async function outcomeOf(
  owner: TestOwner,
  vault: TestVault,
  body: RequestBodies['guess'],
): Promise<string> {
  const token = vault.token(owner.account, 'guess');
  return (await ask(owner, vault, 'guess', body, { token })).outcome;
}
