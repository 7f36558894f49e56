/** Rotations that are shown to a vault (spec/vault-protocol.md §8.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../bytes/index.ts';
import { ROTATION_BYTES } from '../../rotation/index.ts';
import type { Secret } from '../../secret/index.ts';
import {
  type Carried,
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
  {
    signedBy = owner.ownerSeed,
    displacedHash = null,
  }: { readonly signedBy?: Secret; readonly displacedHash?: Uint8Array | null } = {},
): Promise<string> {
  const body = { certificate: rotation, head: firstHead.object, displacedHash };
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
  assert.deepEqual(rest, concatBytes(Uint8Array.of(1), next.firstHead.object));
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
    ['rotate', { certificate: next.rotation, head: next.firstHead.object, displacedHash: null }],
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
  await assert.rejects(outcomeOf(world, first, { signedBy: first.ownerSeed }), damaged);
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
  await assert.rejects(outcomeOf(world, next, { signedBy: stranger }), { code: 'not-authorised' });
  await assert.rejects(outcomeOf(world, next, { signedBy: next.ownerSeed }), {
    code: 'not-authorised',
  });
  assert.equal(vault.ledger(owner.backupId)?.generation, 0);
});

test('a rotation leaves out no head that the vault holds, unless it is named as put aside', async () => {
  const world = await witnessing();
  const { owner, vault, chain } = world;
  const [first, , newest] = chain as [TestHead, TestHead, TestHead];
  const behind = await nextOwner(owner, first);
  assert.equal(await outcomeOf(world, behind), 'conflict');
  assert.equal(await outcomeOf(world, behind, { displacedHash: first.hash }), 'conflict');
  assert.equal(vault.ledger(owner.backupId)?.generation, 0);
  assert.equal(await outcomeOf(world, behind, { displacedHash: newest.hash }), 'done');
  const entries = vault.log(owner.backupId).map(decodeLogEntry).slice(-2);
  assert.deepEqual(
    entries.map(({ what }) => what),
    ['rebased', 'rotated'],
  );
  const [aside] = entries as [ReturnType<typeof decodeLogEntry>];
  const parts = [aside.recordId, aside.attemptId] as [Uint8Array, Uint8Array];
  assert.deepEqual(concatBytes(...parts), newest.hash);
  const { rest } = await ask(behind, vault, 'head', {});
  assert.deepEqual(rest, concatBytes(Uint8Array.of(2), behind.firstHead.object, newest.object));
});

test('a vault that was shown no head begins with the first of the generation', async () => {
  const [owner, vault] = [await makeTestOwner(), makeTestVault()];
  await enrol(owner, vault);
  const chain = await makeChain(owner, 2);
  const next = await nextOwner(owner, chain.at(-1) as TestHead);
  assert.equal(await outcomeOf({ owner, vault, chain }, next), 'done');
  assert.equal(vault.ledger(owner.backupId)?.head?.number, 3);
});

/** A vault with a live record of two wrong guesses, and one that it replaced. */
async function withPassword(): Promise<
  World & Record<'old' | 'live', Awaited<ReturnType<typeof setPassword>>>
> {
  const world = await witnessing();
  const { owner, vault } = world;
  const old = await setPassword(owner, [vault], { version: 1 });
  const live = await setPassword(owner, [vault], { version: 2, replaces: old, provedBy: old });
  for (let i = 0; i < 2; i++) await guess(owner, vault, live, owner.crypto.randomBytes(32));
  return { ...world, old, live };
}

test('a certificate with the bridge of the live password carries it over as it is, and ends what waited', async () => {
  const world = await withPassword();
  const { owner, vault, chain, old, live } = world;
  const pending = await setPassword(owner, [vault], { version: 3 });
  const staged = await stagePassword(owner, [vault], { version: 4 });
  for (const { vaults } of [old, live]) {
    await askToRemove(owner, vault, vaults[0]?.recordId as Uint8Array);
  }
  const before = vault.ledger(owner.backupId);
  const next = await nextOwner(owner, chain.at(-1) as TestHead, { carries: live });
  assert.equal(await outcomeOf(world, next), 'done');
  const ledger = vault.ledger(owner.backupId);
  const kept = before?.records.slice(0, 2).map((record) => ({ ...record, dueMs: null }));
  assert.deepEqual(ledger?.records, kept);
  assert.deepEqual(
    ledger?.records.map(({ state, row }) => [state, row]),
    [
      ['old', 0],
      ['live', 2],
    ],
  );
  for (const key of ['lifetime', 'attempts', 'lastGuessMs'] as const) {
    assert.deepEqual(ledger?.[key], before?.[key], key);
  }
  vault.advance(73 * 3600 * 1000);
  assert.deepEqual((await ask(next, vault, 'status', {})).status.records.length, 2);
  // What the owner before had certified is of nobody any more, with whatever comes along.
  for (const late of [old, live, pending, staged]) {
    await assert.rejects(commit(next, vault, late), { code: 'damaged' });
    await assert.rejects(commit(owner, vault, late), { code: 'not-authorised' });
  }

  const guessed = await guess(next, vault, live);
  assert.equal((await prove(next, vault, live, guessed)).outcome, 'done');
  const proved = vault.ledger(owner.backupId)?.records.map(({ row }) => row);
  assert.deepEqual(proved, [0, 0]);
  const retired = await ask(next, vault, 'retire', {}, { signedBy: live.proofSeed });
  assert.equal(retired.outcome, 'done');
  const after = await stagePassword(next, [vault], { version: 5, replaces: live, provedBy: live });
  assert.equal((await commit(next, vault, after)).outcome, 'done');
  const last = vault.ledger(owner.backupId)?.records.map(({ version, state }) => [version, state]);
  assert.deepEqual(last, [
    [1, 'removed'],
    [2, 'old'],
    [5, 'live'],
  ]);
});

test('who has the root key but not the password rotates nothing, whatever the certificate names', async () => {
  const world = await withPassword();
  const { owner, vault, chain, old, live } = world;
  const newest = chain.at(-1) as TestHead;
  const own = await stagePassword(owner, [vault], { version: 3 });
  const unproved: readonly (readonly [Carried | null, string])[] = [
    [null, 'conflict'],
    [old, 'conflict'],
    [own, 'conflict'],
    [{ ...own, hash: live.hash }, 'not-proved'],
    [{ ...live, proofSeed: old.proofSeed }, 'not-proved'],
    [{ ...live, proofSeed: owner.ownerSeed }, 'not-proved'],
  ];
  for (const [carries, outcome] of unproved) {
    assert.equal(await outcomeOf(world, await nextOwner(owner, newest, { carries })), outcome);
  }
  // The person's own proof, under another bridge, or for another rotation.
  const persons = await nextOwner(owner, newest, { carries: live });
  const thiefs = await nextOwner(owner, newest, { carries: { ...own, hash: live.hash } });
  const proof = persons.rotation.subarray(-64);
  const mixed = { ...thiefs, rotation: concatBytes(thiefs.rotation.subarray(0, -64), proof) };
  assert.equal(mixed.rotation.length, ROTATION_BYTES);
  assert.equal(await outcomeOf(world, mixed), 'not-proved');
  assert.equal(vault.ledger(owner.backupId)?.generation, 0);
  assert.equal(await outcomeOf(world, persons), 'done');
});

test('one password is carried over several rotations', async () => {
  const world = await withPassword();
  const { owner, vault, chain, live } = world;
  const first = await nextOwner(owner, chain.at(-1) as TestHead, { carries: live });
  const second = await nextOwner(first, first.firstHead, { carries: live });
  assert.equal(await outcomeOf(world, first), 'done');
  assert.equal(await outcomeOf({ ...world, owner: first }, second), 'done');
  assert.equal((await guess(second, vault, live)).outcome, 'done');
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
