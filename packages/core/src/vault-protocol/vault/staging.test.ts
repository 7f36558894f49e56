import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeTestOwner, type TestOwner } from '../fixture/test-owner.ts';
import {
  enrol,
  freshElement,
  setPassword,
  stage,
  stagePassword,
} from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import type { Outcome, RequestBodies } from '../messages/index.ts';

async function enrolled(): Promise<{ readonly owner: TestOwner; readonly vault: TestVault }> {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  await enrol(owner, vault);
  return { owner, vault };
}

function stageBody(owner: TestOwner, version: number): RequestBodies['stage'] {
  const { crypto, account } = owner;
  return { stageId: crypto.randomBytes(16), version, account, element: freshElement(owner) };
}

async function outcomeOf(
  owner: TestOwner,
  vault: TestVault,
  body: RequestBodies['stage'],
): Promise<Outcome> {
  const token = body.account === null ? null : vault.token(body.account, 'enrol');
  return (await ask(owner, vault, 'stage', body, { token })).outcome;
}

test('a staged record evaluates one element, as often as it is asked to', async () => {
  const { owner, vault } = await enrolled();
  const body = stageBody(owner, 1);
  const token = vault.token(owner.account, 'enrol');
  const first = await ask(owner, vault, 'stage', body, { token });
  assert.equal(first.outcome, 'done');
  assert.equal(first.rest.length, 16 + 33);
  assert.deepEqual((await ask(owner, vault, 'stage', body, { token })).rest, first.rest);
  assert.equal(vault.ledger(owner.backupId)?.records.length, 1);
  for (const other of [
    { ...body, element: freshElement(owner) },
    { ...body, version: 2 },
    { ...body, account: owner.crypto.randomBytes(32) },
    { ...body, account: null },
  ]) {
    assert.equal(await outcomeOf(owner, vault, other), 'conflict');
  }
  assert.equal(vault.evaluations.length, 2);
  assert.equal(vault.ledger(owner.backupId)?.records.length, 1);
});

test('a stage id that led to a record counts for nothing else while that is there', async () => {
  const { owner, vault } = await enrolled();
  const body = stageBody(owner, 1);
  await outcomeOf(owner, vault, body);
  const staged = vault.ledger(owner.backupId)?.records[0];
  await setPassword(owner, [vault], { version: 1 });
  const [live] = vault.ledger(owner.backupId)?.records ?? [];
  assert.ok(staged !== undefined && live !== undefined);
  assert.equal(live.state, 'live');
  assert.notDeepEqual(live.id, staged.id);
  const again = { ...stageBody(owner, 2), stageId: live.stageId };
  assert.equal(await outcomeOf(owner, vault, again), 'conflict');
  assert.equal(await outcomeOf(owner, vault, { ...body, version: 2 }), 'done');
});

test('what is no element makes no key', async () => {
  const { owner, vault } = await enrolled();
  const point = freshElement(owner);
  for (const element of [
    Uint8Array.from([4, ...point.subarray(1)]),
    new Uint8Array(33),
    Uint8Array.from([2, ...new Uint8Array(32).fill(255)]),
  ]) {
    const body = { ...stageBody(owner, 1), element };
    await assert.rejects(outcomeOf(owner, vault, body), { code: 'damaged' });
  }
  assert.deepEqual(vault.ledger(owner.backupId)?.records, []);
  assert.equal(vault.log(owner.backupId).length, 1);
});

test('a version is above that of the live record, and as far as its owner likes', async () => {
  const { owner, vault } = await enrolled();
  assert.equal(await outcomeOf(owner, vault, stageBody(owner, 1)), 'done');
  await setPassword(owner, [vault], { version: 5 });
  for (const version of [4, 5]) {
    assert.equal(await outcomeOf(owner, vault, stageBody(owner, version)), 'superseded');
  }
  for (const version of [6, 999_999, 6]) {
    assert.equal(await outcomeOf(owner, vault, stageBody(owner, version)), 'done');
  }
});

test('five are staged at once, and a repeat of the fifth is no sixth', async () => {
  const { owner, vault } = await enrolled();
  for (let i = 0; i < 4; i++) await stage(owner, vault, 1 + i, owner.account);
  const fifth = stageBody(owner, 3);
  assert.equal(await outcomeOf(owner, vault, fifth), 'done');
  assert.equal(await outcomeOf(owner, vault, stageBody(owner, 5)), 'conflict');
  assert.equal(await outcomeOf(owner, vault, fifth), 'done');
  assert.equal(vault.ledger(owner.backupId)?.records.length, 5);
});

test('without an account a record has that of the live one', async () => {
  const { owner, vault } = await enrolled();
  const body = { ...stageBody(owner, 2), account: null };
  assert.equal(await outcomeOf(owner, vault, body), 'conflict');
  await setPassword(owner, [vault], { version: 1 });
  assert.equal(await outcomeOf(owner, vault, body), 'done');
  const accounts = vault.ledger(owner.backupId)?.records.map(({ account }) => account);
  assert.deepEqual(accounts, [owner.account, owner.account]);
});

test('an account needs its token, of scope "enrol", and that is not used up', async () => {
  const { owner, vault } = await enrolled();
  const other = owner.crypto.randomBytes(32);
  const body = stageBody(owner, 1);
  for (const token of [null, vault.token(owner.account, 'guess'), vault.token(other, 'enrol')]) {
    await assert.rejects(ask(owner, vault, 'stage', body, { token }), { code: 'not-authorised' });
  }
  const token = vault.token(owner.account, 'enrol');
  for (const version of [1, 2]) {
    const answer = await ask(owner, vault, 'stage', stageBody(owner, version), { token });
    assert.equal(answer.outcome, 'done');
  }
});

test('what is staged can be seen, but is neither guessed at nor listed by a hash', async () => {
  const { owner, vault } = await enrolled();
  const { hash } = await stagePassword(owner, [vault], { version: 3 });
  const { status } = await ask(owner, vault, 'status', {});
  const [record] = status.records;
  assert.equal(status.state, 'none');
  assert.deepEqual([record?.state, record?.version], ['staged', 3]);
  assert.deepEqual(record?.hash, new Uint8Array(32));
  for (const recordHash of [hash, new Uint8Array(32)]) {
    const body = { recordHash, attemptId: new Uint8Array(16), element: freshElement(owner) };
    const token = vault.token(owner.account, 'guess');
    assert.equal((await ask(owner, vault, 'guess', body, { token })).outcome, 'not-evaluable');
  }
});

test('nothing is staged once the lifetime is used up', async () => {
  const { owner, vault } = await usedUp();
  assert.equal(await outcomeOf(owner, vault, stageBody(owner, 2)), 'locked-out');
});

/** A ledger with a live record, and no guesses left for life. */
async function usedUp(): Promise<{ readonly owner: TestOwner; readonly vault: TestVault }> {
  const owner = await makeTestOwner();
  const vault = makeTestVault({ limits: { lifetime: 1 } });
  const { hash } = await setPassword(owner, [vault], { version: 1 });
  const attemptId = owner.crypto.randomBytes(16);
  const token = vault.token(owner.account, 'guess');
  const body = { recordHash: hash, attemptId, element: freshElement(owner) };
  assert.equal((await ask(owner, vault, 'guess', body, { token })).outcome, 'done');
  return { owner, vault };
}
