/** Rotations that are shown to a vault (spec/vault-protocol.md §8.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../bytes/index.ts';
import {
  makeChain,
  makeHead,
  nextOwner,
  type RotatedOwner,
  type TestHead,
} from '../fixture/test-heads.ts';
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
  enrol,
  freshElement,
  guess,
  prove,
  setPassword,
  stage,
  stagePassword,
} from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { decodeLogEntry, type RequestBodies } from '../messages/index.ts';

interface World {
  readonly owner: TestOwner;
  readonly vault: TestVault;
  readonly chain: readonly TestHead[];
}

/** A vault that was shown three heads. */
async function witnessing(): Promise<World> {
  const [owner, vault] = [await makeTestOwner(), makeTestVault()];
  await enrol(owner, vault);
  const chain = await makeChain(owner, 3);
  await ask(owner, vault, 'witness', { heads: chain.map(({ object }) => object) });
  return { owner, vault, chain };
}

async function outcomeOf(
  { owner, vault }: World,
  { rotation, firstHead }: RotatedOwner,
  signedBy = owner.ownerSeed,
): Promise<string> {
  const body = { certificate: rotation, head: firstHead.object };
  return (await ask(owner, vault, 'rotate', body, { signedBy })).outcome;
}

test('the owner after a rotation has the ledger, and the one before has nothing of it', async () => {
  const world = await witnessing();
  const { owner, vault, chain } = world;
  const next = await nextOwner(owner, chain.at(-1) as TestHead);
  assert.equal(await outcomeOf(world, next), 'done');
  const ledger = vault.ledger(owner.backupId);
  assert.deepEqual(ledger?.ownerPublicKey, next.ownerPublicKey);
  assert.deepEqual(ledger?.headPublicKey, next.headPublicKey);
  assert.equal(ledger?.generation, 1);
  const { rest } = await ask(next, vault, 'head', {});
  const both = concatBytes(Uint8Array.of(2), next.firstHead.object, chain[2]?.object as Uint8Array);
  assert.deepEqual(rest, both);
  const last = decodeLogEntry(vault.log(owner.backupId).at(-1) as Uint8Array);
  assert.equal(last.what, 'rotated');
  assert.deepEqual(
    concatBytes(last.recordId as Uint8Array, last.attemptId as Uint8Array),
    next.firstHead.hash,
  );

  const { ownerPublicKey, headPublicKey, account } = owner;
  const element = freshElement(owner);
  const asked: readonly (readonly [keyof RequestBodies, RequestBodies[keyof RequestBodies]])[] = [
    ['status', {}],
    ['enrol', { ownerPublicKey, headPublicKey }],
    ['stage', { stageId: new Uint8Array(16), version: 1, account, element }],
    ['log', { from: 1 }],
    ['witness', { heads: [(await makeHead(owner, chain[2] as TestHead)).object] }],
    ['head', {}],
    ['rotate', { certificate: next.rotation, head: next.firstHead.object }],
  ];
  const token = vault.token(account, 'enrol');
  for (const [kind, body] of asked) {
    const request = await makeRequest(owner, vault, kind, body as never);
    await assert.rejects(send(owner, vault, request, token), { code: 'not-authorised' }, kind);
  }
});

test('heads go on from the first of the new generation, and those of the one before are none', async () => {
  const world = await witnessing();
  const { owner, vault, chain } = world;
  const next = await nextOwner(owner, chain.at(-1) as TestHead);
  await outcomeOf(world, next);
  const after = await makeHead(next, next.firstHead, { generation: 1 });
  assert.equal((await ask(next, vault, 'witness', { heads: [after.object] })).outcome, 'done');
  for (const generation of [0, 2]) {
    const other = await makeHead(next, after, { generation });
    const asked = ask(next, vault, 'witness', { heads: [other.object] });
    await assert.rejects(asked, { code: 'damaged' });
  }
  const old = await makeHead(owner, after, { generation: 1 });
  await assert.rejects(ask(next, vault, 'witness', { heads: [old.object] }), { code: 'damaged' });
  assert.equal(vault.ledger(owner.backupId)?.head?.number, after.number);
});

test('one rotation follows another, and none is skipped or done again', async () => {
  const world = await witnessing();
  const { owner, vault, chain } = world;
  const first = await nextOwner(owner, chain.at(-1) as TestHead);
  const second = await nextOwner(first, first.firstHead);
  const damaged = { code: 'damaged' };
  await assert.rejects(outcomeOf(world, second), damaged);
  assert.equal(await outcomeOf(world, first), 'done');
  await assert.rejects(outcomeOf(world, first, first.ownerSeed), damaged);
  assert.equal(await outcomeOf({ ...world, owner: first }, second), 'done');
  assert.equal(vault.ledger(owner.backupId)?.generation, 2);
});

test('what does not belong together is no rotation', async () => {
  const world = await witnessing();
  const { owner, vault, chain } = world;
  const newest = chain.at(-1) as TestHead;
  const next = await nextOwner(owner, newest);
  const others = [
    { ...next, firstHead: await makeHead(next, newest, { generation: 1 }) },
    { ...next, firstHead: newest },
    { ...next, rotation: (await nextOwner(await makeTestOwner('another'), newest)).rotation },
    { ...next, rotation: next.rotation.with(200, (next.rotation[200] as number) ^ 1) },
    await nextOwner(owner, newest, { generation: 2 }),
  ];
  for (const other of others) {
    await assert.rejects(outcomeOf(world, other), { code: 'damaged' });
  }
  const stranger = (await makeTestOwner('stranger')).ownerSeed;
  await assert.rejects(outcomeOf(world, next, stranger), { code: 'not-authorised' });
  await assert.rejects(outcomeOf(world, next, next.ownerSeed), { code: 'not-authorised' });
  assert.equal(vault.ledger(owner.backupId)?.generation, 0);
});

test('where a password is, or waits, its owner decides: nothing is rotated', async () => {
  const world = await witnessing();
  const { owner, vault, chain } = world;
  const next = await nextOwner(owner, chain.at(-1) as TestHead);
  const password = await setPassword(owner, [vault], { version: 1 });
  assert.equal(await outcomeOf(world, next), 'conflict');
  // One that waits, beside one that goes.
  const other = await setPassword(owner, [vault], { version: 2 });
  assert.equal(await outcomeOf(world, next), 'conflict');
  const [first, second] = [password, other].map(({ vaults }) => vaults[0]?.recordId as Uint8Array);
  await askToRemove(owner, vault, first as Uint8Array, password.proofSeed);
  assert.equal(await outcomeOf(world, next), 'conflict');
  await askToRemove(owner, vault, second as Uint8Array, other.proofSeed);
  await stage(owner, vault, 3, owner.crypto.randomBytes(32));
  assert.equal(await outcomeOf(world, next), 'done');
  assert.ok(vault.ledger(owner.backupId)?.records.every(({ state }) => state === 'removed'));
});

test('without the password, who has the key alone waits 72 hours before it can be rotated', async () => {
  const world = await witnessing();
  const { owner, vault, chain } = world;
  const next = await nextOwner(owner, chain.at(-1) as TestHead);
  const password = await setPassword(owner, [vault], { version: 1 });
  await askToRemove(owner, vault, password.vaults[0]?.recordId as Uint8Array);
  vault.advance(72 * 3600 * 1000 - 1);
  assert.equal(await outcomeOf(world, next), 'conflict');
  vault.advance(1);
  assert.equal(await outcomeOf(world, next), 'done');
});

test('guesses at a password of the owner before count on for the one after', async () => {
  const world = await witnessing();
  const { owner, vault, chain } = world;
  const before = await setPassword(owner, [vault], { version: 1 });
  for (let i = 0; i < 2; i++) await guess(owner, vault, before);
  await askToRemove(owner, vault, before.vaults[0]?.recordId as Uint8Array, before.proofSeed);
  const next = await nextOwner(owner, chain.at(-1) as TestHead);
  await outcomeOf(world, next);
  const after = await stagePassword(next, [vault], { version: 2 });
  assert.equal((await commit(next, vault, after)).outcome, 'done');
  assert.equal(vault.ledger(owner.backupId)?.lifetime, 2);
  const guessed = await guess(next, vault, after);
  assert.equal(guessed.outcome, 'done');
  assert.equal(vault.ledger(owner.backupId)?.lifetime, 3);
  assert.equal((await prove(next, vault, after, guessed)).outcome, 'done');
  assert.equal(vault.ledger(owner.backupId)?.lifetime, 2);
});
