/** A ledger whose time stands still, because the vault's operator said so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeTestOwner, type TestOwner } from '../fixture/test-owner.ts';
import { freshElement, guess, prove, setPassword } from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { decodeLogEntry } from '../messages/index.ts';
import { DEFAULT_LIMITS } from './ledger.ts';
import { settle } from './settle.ts';
import { resumeLedger, suspendLedger } from './suspending.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

async function change(
  { backupId }: TestOwner,
  vault: TestVault,
  how: typeof suspendLedger,
): Promise<void> {
  await vault.change(backupId, (ledger) =>
    how(settle(ledger, DEFAULT_LIMITS, vault.servedMs).ledger, vault.servedMs),
  );
}

async function withPassword() {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  return { owner, vault, password: await setPassword(owner, [vault], { version: 1 }) };
}

test('a suspended backup takes no guess, and spends none', async () => {
  const { owner, vault, password } = await withPassword();
  const before = await guess(owner, vault, password);
  await change(owner, vault, suspendLedger);
  const during = await guess(owner, vault, password);
  assert.deepEqual([during.outcome, during.rest.length], ['suspended', 0]);
  assert.deepEqual([during.status.state, during.status.waitMs], ['suspended', 0]);
  assert.equal(during.status.guessesLeft, before.status.guessesLeft);
  const unknown = { recordHash: new Uint8Array(32).fill(9), attemptId: new Uint8Array(16) };
  const body = { ...unknown, element: freshElement(owner) };
  const token = vault.token(owner.account, 'guess');
  assert.equal((await ask(owner, vault, 'guess', body, { token })).outcome, 'not-evaluable');
  await change(owner, vault, resumeLedger);
  const after = await guess(owner, vault, password);
  assert.deepEqual([after.outcome, after.status.guessesLeft], ['done', 8]);
});

test('a guess that was taken before is repeated, and proved, while it is suspended', async () => {
  const { owner, vault, password } = await withPassword();
  const guessed = await guess(owner, vault, password);
  await change(owner, vault, suspendLedger);
  vault.advance(5 * DAY_MS);
  const { status } = await prove(owner, vault, password, guessed);
  assert.deepEqual([status.guessesLeft, status.lifetimeLeft], [10, 100]);
});

test('nothing falls due while it is suspended, and later all does, as late as it would have', async () => {
  const { owner, vault, password } = await withPassword();
  await setPassword(owner, [vault], { version: 2 });
  const states = async (): Promise<readonly string[]> => {
    const { status } = await ask(owner, vault, 'status', {});
    return status.records.map(({ state }) => state);
  };
  vault.advance(71 * HOUR_MS);
  await change(owner, vault, suspendLedger);
  vault.advance(5 * DAY_MS);
  assert.deepEqual(await states(), ['live', 'pending']);
  await change(owner, vault, resumeLedger);
  vault.advance(HOUR_MS - 1);
  assert.deepEqual(await states(), ['live', 'pending']);
  vault.advance(1);
  assert.deepEqual(await states(), ['old', 'live']);
  for (let i = 0; i < 10; i++) {
    const { status } = await ask(owner, vault, 'status', {});
    vault.advance(status.waitMs);
    assert.equal((await guess(owner, vault, password)).outcome, 'done');
  }
  vault.advance(6 * DAY_MS);
  await change(owner, vault, suspendLedger);
  vault.advance(5 * DAY_MS);
  assert.deepEqual(await states(), ['old', 'live']);
  await change(owner, vault, resumeLedger);
  vault.advance(DAY_MS - 1);
  assert.deepEqual(await states(), ['old', 'live']);
  vault.advance(1);
  assert.deepEqual(await states(), ['destroyed', 'live']);
});

test('what begins while it is suspended waits from when it is resumed', async () => {
  const { owner, vault } = await withPassword();
  await change(owner, vault, suspendLedger);
  vault.advance(DAY_MS);
  await setPassword(owner, [vault], { version: 2 });
  vault.advance(5 * DAY_MS);
  const { status } = await ask(owner, vault, 'status', {});
  assert.equal(status.records[1]?.dueInMs, 72 * HOUR_MS);
  await change(owner, vault, resumeLedger);
  vault.advance(72 * HOUR_MS - 1);
  const before = await ask(owner, vault, 'status', {});
  assert.equal(before.status.records[1]?.state, 'pending');
});

test('both are logged, once', async () => {
  const { owner, vault } = await withPassword();
  for (const how of [suspendLedger, suspendLedger, resumeLedger, resumeLedger]) {
    await change(owner, vault, how);
  }
  const entries = vault.log(owner.backupId).map(decodeLogEntry);
  assert.deepEqual(
    entries.slice(-2).map(({ what }) => what),
    ['suspended', 'resumed'],
  );
  assert.equal(entries.filter(({ what }) => what === 'suspended').length, 1);
});
