import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signRecoveryRecord } from '../../recovery-record/index.ts';
import { ask, askToRemove, makeTestOwner, type TestOwner } from '../fixture/test-owner.ts';
import {
  commit,
  enrol,
  guess,
  makePassword,
  setPassword,
  stage,
  stagePassword,
  type TestPassword,
} from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { type RecordState, signCertificate } from '../messages/index.ts';

const HOUR_MS = 3600 * 1000;

interface World {
  readonly owner: TestOwner;
  readonly vault: TestVault;
  readonly first: TestPassword;
}

/** A vault with a live record of version 1. */
async function withPassword(): Promise<World> {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  return { owner, vault, first: await setPassword(owner, [vault], { version: 1 }) };
}

/** State by version, as the vault shows it. */
async function statesOf(
  owner: TestOwner,
  vault: TestVault,
): Promise<readonly (readonly [number, RecordState])[]> {
  const { status } = await ask(owner, vault, 'status', {});
  return status.records.map(({ version, state }) => [version, state]);
}

test('a first password is live at once, and its certificate is good again', async () => {
  const { owner, vault, first } = await withPassword();
  const log = vault.log(owner.backupId).length;
  const { outcome, status } = await commit(owner, vault, first);
  assert.deepEqual([outcome, status.state], ['done', 'ready']);
  assert.deepEqual(status.records[0]?.hash, first.hash);
  assert.equal(vault.log(owner.backupId).length, log);
});

test('a replacement that the password signed is live at once, the one before it old', async () => {
  const { owner, vault, first } = await withPassword();
  const options = { version: 2, replaces: first, provedBy: first };
  const second = await setPassword(owner, [vault], options);
  assert.deepEqual(await statesOf(owner, vault), [
    [1, 'old'],
    [2, 'live'],
  ]);
  for (const password of [first, second]) {
    assert.equal((await guess(owner, vault, password)).outcome, 'done');
    assert.equal((await commit(owner, vault, password)).outcome, 'done');
  }
});

test('a replacement that the password did not sign is live after 72 hours', async () => {
  const { owner, vault, first } = await withPassword();
  const second = await setPassword(owner, [vault], { version: 2, replaces: first });
  assert.equal((await guess(owner, vault, second)).outcome, 'not-evaluable');
  vault.advance(HOUR_MS);
  const { status } = await commit(owner, vault, second);
  assert.equal(status.records[1]?.dueInMs, 71 * HOUR_MS);
  vault.advance(71 * HOUR_MS - 1);
  assert.deepEqual(await statesOf(owner, vault), [
    [1, 'live'],
    [2, 'pending'],
  ]);
  vault.advance(1);
  assert.deepEqual(await statesOf(owner, vault), [
    [1, 'old'],
    [2, 'live'],
  ]);
  assert.equal((await guess(owner, vault, second)).outcome, 'done');
});

test('what is due takes effect in an enrolment too, and without any request', async () => {
  for (const touch of [enrol, async (_owner: TestOwner, vault: TestVault) => await vault.sweep()]) {
    const { owner, vault, first } = await withPassword();
    await setPassword(owner, [vault], { version: 2, replaces: first });
    vault.advance(72 * HOUR_MS);
    const log = vault.log(owner.backupId).length;
    await touch(owner, vault);
    assert.equal(vault.ledger(owner.backupId)?.records[1]?.state, 'live');
    assert.equal(vault.log(owner.backupId).length, log + 1);
  }
});

test('a proof by the live record counts, one by another is not looked at, a forged one is told', async () => {
  const { owner, vault, first } = await withPassword();
  const second = await setPassword(owner, [vault], { version: 2, provedBy: first });
  const third = await stagePassword(owner, [vault], { version: 3, provedBy: first });
  await commit(owner, vault, third);
  const { hash } = second;
  const forged = await stagePassword(owner, [vault], { version: 4, provedBy: { ...first, hash } });
  assert.equal((await commit(owner, vault, forged)).outcome, 'not-proved');
  assert.deepEqual(await statesOf(owner, vault), [
    [1, 'old'],
    [2, 'live'],
    [3, 'pending'],
    [4, 'staged'],
  ]);
});

test('of two pending ones that of the greater version stays, of a proved one any other goes', async () => {
  const { owner, vault, first } = await withPassword();
  const second = await stagePassword(owner, [vault], { version: 2 });
  const proved = await stagePassword(owner, [vault], { version: 2, provedBy: first });
  await setPassword(owner, [vault], { version: 4 });
  assert.equal((await commit(owner, vault, second)).outcome, 'superseded');
  await setPassword(owner, [vault], { version: 5 });
  assert.deepEqual((await statesOf(owner, vault)).at(-1), [5, 'pending']);
  assert.equal((await commit(owner, vault, proved)).outcome, 'done');
  assert.deepEqual(await statesOf(owner, vault), [
    [1, 'old'],
    [2, 'live'],
  ]);
  assert.equal((await commit(owner, vault, second)).outcome, 'unknown');
});

test('an equal version is as superseded as a lower one', async () => {
  const { owner, vault, first } = await withPassword();
  const staged = [
    await stagePassword(owner, [vault], { version: 3 }),
    await stagePassword(owner, [vault], { version: 3 }),
    await stagePassword(owner, [vault], { version: 4, provedBy: first }),
  ] as const;
  assert.equal((await commit(owner, vault, staged[0])).outcome, 'done');
  assert.equal((await commit(owner, vault, staged[1])).outcome, 'superseded');
  assert.equal((await commit(owner, vault, staged[2])).outcome, 'done');
});

test('a certificate with the proof makes a pending record live, also one of another record', async () => {
  const { owner, vault, first } = await withPassword();
  const input = owner.crypto.randomBytes(32);
  const staged = [await stage(owner, vault, 2, input)];
  const slow = await makePassword(owner, staged, input, { version: 2 });
  const other = await makePassword(owner, staged, input, { version: 2 });
  const fast = await makePassword(owner, staged, input, { version: 2, provedBy: first });
  assert.equal((await commit(owner, vault, slow)).outcome, 'done');
  assert.equal((await commit(owner, vault, other)).outcome, 'conflict');
  assert.equal((await commit(owner, vault, fast)).outcome, 'done');
  const { status } = await ask(owner, vault, 'status', {});
  assert.deepEqual([status.records[1]?.state, status.records[1]?.hash], ['live', fast.hash]);
  assert.equal((await commit(owner, vault, slow)).outcome, 'conflict');
  await askToRemove(owner, vault, staged[0]?.recordId as Uint8Array, fast.proofSeed);
  assert.equal((await commit(owner, vault, fast)).outcome, 'unknown');
});

test('a record is for the vaults and the record ids that it names', async () => {
  const { owner, vault } = await withPassword();
  const other = makeTestVault({ seed: 'other' });
  await enrol(owner, other);
  const elsewhere = await stagePassword(owner, [other], { version: 2 });
  assert.equal((await commit(owner, vault, elsewhere)).outcome, 'unknown');
  const input = owner.crypto.randomBytes(32);
  const staged = await stage(owner, vault, 2, input);
  const recordId = owner.crypto.randomBytes(16);
  for (const [ids, version, outcome] of [
    [{ recordId }, 2, 'unknown'],
    [{}, 3, 'conflict'],
  ] as const) {
    const made = await makePassword(owner, [{ ...staged, ...ids }], input, { version });
    assert.equal((await commit(owner, vault, made)).outcome, outcome);
  }
});

test('record and certificate fit one another and the ledger', async () => {
  const { owner, vault } = await withPassword();
  const { crypto, ownerSeed, backupId, ownerPublicKey } = owner;
  const other = await makeTestOwner('other');
  const password = await stagePassword(owner, [vault], { version: 2 });
  const fields = { backupId, version: 2, recordHash: password.hash, proofOf: null };
  for (const changed of [
    { ...fields, version: 3 },
    { ...fields, backupId: other.backupId },
    { ...fields, recordHash: owner.account },
  ]) {
    const certificate = await signCertificate(crypto, changed, ownerSeed, null);
    assert.equal((await commit(owner, vault, { ...password, certificate })).outcome, 'conflict');
  }
  const foreign = await signCertificate(crypto, fields, other.ownerSeed, null);
  const damaged = { ...password, certificate: foreign };
  await assert.rejects(commit(owner, vault, damaged), { code: 'damaged' });
  const frame = { version: 2, backupId, ownerPublicKey, previousHash: new Uint8Array(32) };
  const keyRecord = { ...frame, method: 'key', body: crypto.randomBytes(64) } as const;
  const record = await signRecoveryRecord(crypto, ownerSeed, keyRecord);
  const hashed = { ...fields, recordHash: crypto.sha256(record) };
  const certificate = await signCertificate(crypto, hashed, ownerSeed, null);
  assert.equal((await commit(owner, vault, { record, certificate })).outcome, 'conflict');
  assert.deepEqual((await statesOf(owner, vault)).at(-1), [2, 'staged']);
});

test('eight are old, and a ninth waits: refused when it is proved, pending past its time when not', async () => {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  let last = await setPassword(owner, [vault], { version: 1 });
  for (let version = 2; version <= 9; version++) {
    last = await setPassword(owner, [vault], { version, provedBy: last });
  }
  const proved = await stagePassword(owner, [vault], { version: 10, provedBy: last });
  assert.equal((await commit(owner, vault, proved)).outcome, 'conflict');
  await setPassword(owner, [vault], { version: 11 });
  vault.advance(100 * HOUR_MS);
  assert.deepEqual((await statesOf(owner, vault)).at(-1), [11, 'pending']);
  assert.equal(
    (await ask(owner, vault, 'retire', {}, { signedBy: last.proofSeed })).outcome,
    'done',
  );
  assert.deepEqual((await statesOf(owner, vault)).slice(-2), [
    [9, 'old'],
    [11, 'live'],
  ]);
});

test('nothing becomes live once the lifetime is used up', async () => {
  const owner = await makeTestOwner();
  const vault = makeTestVault({ limits: { lifetime: 2 } });
  const first = await setPassword(owner, [vault], { version: 1 });
  const second = await stagePassword(owner, [vault], { version: 2, provedBy: first });
  for (let i = 0; i < 2; i++) await guess(owner, vault, first, owner.account);
  assert.equal((await commit(owner, vault, second)).outcome, 'locked-out');
});

test('record and certificate are given back while the record is pending or evaluable', async () => {
  const { owner, vault, first } = await withPassword();
  const second = await stagePassword(owner, [vault], { version: 2 });
  const outcomeOf = async ({ hash }: TestPassword): Promise<string> =>
    (await ask(owner, vault, 'record', { recordHash: hash })).outcome;
  assert.equal(await outcomeOf(second), 'unknown');
  await commit(owner, vault, second);
  assert.equal(await outcomeOf(second), 'done');
  const { rest } = await ask(owner, vault, 'record', { recordHash: first.hash });
  assert.deepEqual(rest, Uint8Array.from([...first.record, ...first.certificate]));
  await askToRemove(owner, vault, first.vaults[0]?.recordId as Uint8Array, first.proofSeed);
  assert.equal(await outcomeOf(first), 'unknown');
});
