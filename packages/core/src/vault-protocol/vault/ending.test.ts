import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ask,
  askToRemove,
  makeRequest,
  makeTestOwner,
  send,
  type TestOwner,
} from '../fixture/test-owner.ts';
import {
  commit,
  guess,
  setPassword,
  stagePassword,
  type TestPassword,
} from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { type AnswerBody, type RecordState, signRemoval } from '../messages/index.ts';

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

async function statesOf({ owner, vault }: World): Promise<readonly RecordState[]> {
  const { status } = await ask(owner, vault, 'status', {});
  return status.records.map(({ state }) => state);
}

function idOf({ vaults: [vault] }: TestPassword): Uint8Array {
  assert.ok(vault !== undefined);
  return vault.recordId;
}

/** Asks to cancel what is under way of a record. */
async function cancel(
  { owner, vault }: World,
  of: TestPassword,
  signedBy: TestPassword,
  seenNumber = vault.log(owner.backupId).length,
): Promise<AnswerBody> {
  const body = { recordId: idOf(of), seenNumber };
  return await ask(owner, vault, 'cancel', body, { signedBy: signedBy.proofSeed });
}

test('the live record retires all that are old, once or twice, and an old one none', async () => {
  const world = await withPassword();
  const { owner, vault, first } = world;
  const second = await setPassword(owner, [vault], { version: 2, provedBy: first });
  const third = await setPassword(owner, [vault], { version: 3, provedBy: second });
  const retire = async (signer: TestPassword): Promise<string> =>
    (await ask(owner, vault, 'retire', {}, { signedBy: signer.proofSeed })).outcome;
  assert.equal(await retire(second), 'superseded');
  assert.deepEqual(await statesOf(world), ['old', 'old', 'live']);
  for (let i = 0; i < 2; i++) {
    assert.equal(await retire(third), 'done');
    assert.deepEqual(await statesOf(world), ['removed', 'removed', 'live']);
  }
  assert.equal((await guess(owner, vault, first)).outcome, 'not-evaluable');
  assert.equal(vault.log(owner.backupId).length, 1 + 3 * 2 + 2 + 1 - 1);
});

test('nobody else retires: not the owner, not a pending record, not one of another vault', async () => {
  const { owner, vault, first } = await withPassword();
  const second = await setPassword(owner, [vault], { version: 2, provedBy: first });
  const pending = await setPassword(owner, [vault], { version: 3 });
  for (const signedBy of [owner.ownerSeed, pending.proofSeed]) {
    const token = vault.token(owner.account, 'guess');
    const asked = ask(owner, vault, 'retire', {}, { signedBy, token });
    await assert.rejects(asked, { code: 'not-authorised' });
  }
  const elsewhere = makeTestVault({ seed: 'elsewhere' });
  const bytes = await makeRequest(owner, elsewhere, 'retire', {}, second.proofSeed);
  await assert.rejects(send(owner, vault, bytes), { code: 'not-authorised' });
});

test('the names of four destroyed records are kept', async () => {
  const world = await withPassword();
  const { owner, vault } = world;
  let last = world.first;
  for (let version = 2; version <= 7; version++) {
    last = await setPassword(owner, [vault], { version, provedBy: last });
  }
  await ask(owner, vault, 'retire', {}, { signedBy: last.proofSeed });
  const { status } = await ask(owner, vault, 'status', {});
  assert.deepEqual(
    status.records.map(({ version, state }) => [version, state]),
    [...[3, 4, 5, 6].map((version) => [version, 'removed']), [7, 'live']],
  );
});

test('what was destroyed last has its name, however long ago it was staged', async () => {
  const { owner, vault, first } = await withPassword();
  for (let version = 2; version <= 5; version++) {
    const next = await setPassword(owner, [vault], { version, provedBy: first });
    await askToRemove(owner, vault, idOf(next), next.proofSeed);
  }
  const { status } = await askToRemove(owner, vault, idOf(first), first.proofSeed);
  assert.deepEqual(
    status.records.map(({ version }) => version),
    [1, 3, 4, 5],
  );
});

test('the owner alone removes what nobody could guess at yet', async () => {
  const world = await withPassword();
  const { owner, vault } = world;
  const staged = await stagePassword(owner, [vault], { version: 2 });
  const pending = await setPassword(owner, [vault], { version: 3 });
  for (const record of [staged, pending]) {
    assert.equal((await askToRemove(owner, vault, idOf(record), null, 0)).outcome, 'done');
    assert.equal((await askToRemove(owner, vault, idOf(record))).outcome, 'unknown');
    assert.equal((await commit(owner, vault, record)).outcome, 'unknown');
  }
  assert.deepEqual(await statesOf(world), ['live']);
});

test('an evaluable record is removed at once by its own proof key, of others by none', async () => {
  const world = await withPassword();
  const { owner, vault, first } = world;
  const second = await setPassword(owner, [vault], { version: 2, provedBy: first });
  for (const wrong of [owner.ownerSeed, second.proofSeed]) {
    assert.equal((await askToRemove(owner, vault, idOf(first), wrong)).outcome, 'not-proved');
  }
  assert.equal((await askToRemove(owner, vault, idOf(first), first.proofSeed)).outcome, 'done');
  assert.deepEqual(await statesOf(world), ['removed', 'live']);
  assert.equal((await askToRemove(owner, vault, idOf(first), first.proofSeed)).outcome, 'unknown');
});

test('when the live record is removed, the old one of the greatest version is live again', async () => {
  const world = await withPassword();
  const { owner, vault, first } = world;
  const second = await setPassword(owner, [vault], { version: 3, provedBy: first });
  const third = await setPassword(owner, [vault], { version: 7, provedBy: second });
  await guess(owner, vault, second, owner.account);
  await askToRemove(owner, vault, idOf(third), third.proofSeed);
  assert.deepEqual(await statesOf(world), ['old', 'live', 'removed']);
  const { status } = await guess(owner, vault, second, owner.account);
  assert.equal(status.guessesLeft, 8);
  const again = await stagePassword(owner, [vault], { version: 4, provedBy: second });
  assert.equal((await commit(owner, vault, again)).outcome, 'done');
  assert.deepEqual(await statesOf(world), ['old', 'old', 'removed', 'live']);
});

test('an evaluable record is removed by the owner alone after 72 hours, unless its password cancels', async () => {
  const world = await withPassword();
  const { owner, vault, first } = world;
  const remove = async (): Promise<AnswerBody> => await askToRemove(owner, vault, idOf(first));
  assert.equal((await remove()).outcome, 'done');
  vault.advance(HOUR_MS);
  const { outcome, status } = await remove();
  assert.deepEqual([outcome, status.records[0]?.dueInMs], ['done', 71 * HOUR_MS]);
  assert.equal((await cancel(world, first, first)).status.records[0]?.dueInMs, 0);
  assert.equal((await cancel(world, first, first)).outcome, 'unknown');
  await remove();
  vault.advance(72 * HOUR_MS - 1);
  assert.equal((await guess(owner, vault, first)).outcome, 'done');
  vault.advance(1);
  assert.equal((await guess(owner, vault, first)).outcome, 'not-evaluable');
  assert.deepEqual(await statesOf(world), ['removed']);
});

test('what was staged while a removal waited becomes live as soon as nothing is evaluable', async () => {
  const world = await withPassword();
  const { owner, vault, first } = world;
  await askToRemove(owner, vault, idOf(first));
  vault.advance(HOUR_MS);
  const second = await setPassword(owner, [vault], { version: 2 });
  vault.advance(71 * HOUR_MS);
  assert.deepEqual(await statesOf(world), ['removed', 'live']);
  assert.equal((await guess(owner, vault, second)).outcome, 'done');
});

test('a replacement ends the removals under way', async () => {
  const world = await withPassword();
  const { owner, vault, first } = world;
  await askToRemove(owner, vault, idOf(first));
  await setPassword(owner, [vault], { version: 2, provedBy: first });
  vault.advance(100 * HOUR_MS);
  assert.deepEqual(await statesOf(world), ['old', 'live']);
});

test('of one time a pending record goes before a removal', async () => {
  const world = await withPassword();
  const { owner, vault, first } = world;
  await askToRemove(owner, vault, idOf(first));
  await setPassword(owner, [vault], { version: 2 });
  vault.advance(72 * HOUR_MS);
  assert.deepEqual(await statesOf(world), ['old', 'live']);
});

test('a pending record is cancelled by the live one, and by no other', async () => {
  const world = await withPassword();
  const { owner, vault, first } = world;
  const second = await setPassword(owner, [vault], { version: 2, provedBy: first });
  const third = await setPassword(owner, [vault], { version: 3 });
  assert.equal((await cancel(world, third, first)).outcome, 'unknown');
  await assert.rejects(cancel(world, third, third), { code: 'not-authorised' });
  const byOwner = { ...first, proofSeed: owner.ownerSeed };
  await assert.rejects(cancel(world, third, byOwner), { code: 'not-authorised' });
  assert.equal((await cancel(world, second, second)).outcome, 'unknown');
  assert.equal((await cancel(world, third, second)).outcome, 'done');
  assert.deepEqual(await statesOf(world), ['old', 'live']);
  assert.equal((await cancel(world, third, second)).outcome, 'unknown');
  assert.equal((await commit(owner, vault, third)).outcome, 'unknown');
});

test('a removal is cancelled by the password of its own record, not by the live one', async () => {
  const world = await withPassword();
  const { owner, vault, first } = world;
  const second = await setPassword(owner, [vault], { version: 2, provedBy: first });
  await askToRemove(owner, vault, idOf(first));
  assert.equal((await cancel(world, first, second)).outcome, 'unknown');
  assert.equal((await cancel(world, first, first)).outcome, 'done');
});

test('a removal or a cancel that was seen does nothing a second time', async () => {
  const { owner, vault, first } = await withPassword();
  const { crypto, backupId, ownerSeed } = owner;
  const recordId = idOf(first);
  const frame = { vault: vault.identity, backupId, nonce: crypto.randomBytes(32) };
  const seen = { recordId, seenNumber: 3 };
  const removal = await signRemoval(crypto, frame, seen, ownerSeed.bytes(), null);
  const outcomeOf = async (bytes: Uint8Array): Promise<string> =>
    (await send(owner, vault, bytes)).outcome;
  const cancelBy = async (seenNumber: number): Promise<Uint8Array> =>
    await makeRequest(owner, vault, 'cancel', { recordId, seenNumber }, first.proofSeed);
  assert.equal(await outcomeOf(removal), 'done');
  assert.equal(await outcomeOf(removal), 'conflict');
  const blind = await cancelBy(3);
  assert.equal(await outcomeOf(blind), 'conflict');
  const cancelled = await cancelBy(4);
  assert.equal(await outcomeOf(cancelled), 'done');
  assert.equal(await outcomeOf(removal), 'conflict');
  await askToRemove(owner, vault, recordId);
  assert.equal(await outcomeOf(cancelled), 'conflict');
  assert.equal((await askToRemove(owner, vault, recordId, first.proofSeed, 5)).outcome, 'conflict');
  assert.equal((await askToRemove(owner, vault, recordId, first.proofSeed, 6)).outcome, 'done');
});
