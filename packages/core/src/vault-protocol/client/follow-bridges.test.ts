/** Passwords that bring a root key back after rotations (spec/rotation.md §3.7, vault-protocol.md §12.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRotation, type SignedRotation } from '../../rotation/index.ts';
import {
  type EndedRecovery,
  makeTestDevice,
  recoverTestKey,
  setTestPassword,
  type TestDevice,
} from '../fixture/test-device.ts';
import {
  type Carried,
  makeChain,
  nextOwner,
  type RotatedOwner,
  type TestHead,
} from '../fixture/test-heads.ts';
import { ask, makeTestOwner, type TestOwner } from '../fixture/test-owner.ts';
import { makeTestVault } from '../fixture/test-vault.ts';
import { TestHeadShelf } from '../fixture/test-witnesses.ts';

const PASSWORD = 'a password';

interface World {
  readonly device: TestDevice;
  readonly newest: TestHead;
  readonly carries: Carried;
}

/** Three vaults with a password, two of which suffice, and what a recovery with it gave. */
async function begin(): Promise<World> {
  const owner = await makeTestOwner();
  const vaults = ['a', 'b', 'c'].map((seed) => makeTestVault({ seed }));
  const device = makeTestDevice(owner, vaults);
  await setTestPassword(device, PASSWORD, { t: 2 });
  const [newest] = (await makeChain(owner, 1)) as [TestHead];
  const { record, secret, proofSeed } = await recoverTestKey(device, PASSWORD);
  return { device, newest, carries: { hash: record.hash, secret, proofSeed } };
}

async function signed(...owners: readonly Pick<RotatedOwner, 'rotation'>[]) {
  return await Promise.all(
    owners.map(async ({ rotation: object }): Promise<SignedRotation> => {
      const { crypto } = await makeTestOwner();
      return { ...(await parseRotation(crypto, object)), object };
    }),
  );
}

/** What the password gives on a device whose store shows certificates. */
async function recovered(
  { device }: World,
  others: readonly TestOwner[],
  rotations: readonly SignedRotation[],
): Promise<EndedRecovery> {
  const laterOwners = others.map(({ ownerPublicKey }) => ownerPublicKey);
  return await recoverTestKey({ ...device, others, rotations, laterOwners }, PASSWORD);
}

test('a password that was carried over brings back the newest key, whichever vaults heard of it', async () => {
  const world = await begin();
  const { device, newest, carries } = world;
  const { owner, vaults } = device;
  const second = await nextOwner(owner, newest, { carries });
  const third = await nextOwner(second, second.firstHead, { carries });
  const last = await nextOwner(third, third.firstHead);
  const owners = [second, third, last];
  const rotations = await signed(...owners);
  for (let told = 0; told <= vaults.length; told++) {
    for (const [count, expected] of [owner, second, third, third].entries()) {
      const found = await recovered(world, owners, rotations.slice(0, count).toReversed());
      assert.ok(found.owner.rootKey.equals(expected.rootKey), `${told} told, ${count} rotations`);
      assert.ok(found.vaults.every(({ isProved }) => isProved));
    }
    const vault = vaults[told];
    if (vault === undefined) continue;
    for (const [before, next] of [[owner, second] as const, [second, third] as const]) {
      const { rotation: certificate, firstHead } = next;
      const body = { certificate, head: firstHead.object, displacedHash: null };
      assert.equal((await ask(before, vault, 'rotate', body)).outcome, 'done');
    }
  }
});

test('no certificate of who lacks the password leads anywhere', async () => {
  const world = await begin();
  const { device, newest, carries } = world;
  const { owner } = device;
  const { secret, proofSeed } = { secret: owner.rootKey, proofSeed: owner.ownerSeed };
  const thiefs = [null, { ...carries, secret, proofSeed }, { ...carries, proofSeed }];
  for (const own of thiefs) {
    const thief = await nextOwner(owner, newest, { carries: own });
    const found = await recovered(world, [thief], await signed(thief));
    assert.ok(found.owner.rootKey.equals(owner.rootKey));
  }
});

test('a bridge of another record does not count, nor one from another owner', async () => {
  const world = await begin();
  const { device, newest, carries } = world;
  const { owner } = device;
  const other = { ...carries, hash: new Uint8Array(32).fill(1) };
  const second = await nextOwner(owner, newest, { carries: other });
  const third = await nextOwner(second, second.firstHead, { carries });
  const found = await recovered(world, [second, third], await signed(second, third));
  assert.ok(found.owner.rootKey.equals(owner.rootKey));
});

test('a bridge that the proof key signed and that opens to no next owner is damage, and costs no guess', async () => {
  const world = await begin();
  const { device, newest, carries } = world;
  const { owner, vaults } = device;
  const wrong = { ...carries, secret: owner.rootKey };
  const second = await nextOwner(owner, newest, { carries: wrong });
  const damaged = { code: 'damaged' };
  await assert.rejects(recovered(world, [second], await signed(second)), damaged);
  const third = await nextOwner(owner, newest, { carries });
  // Its key is of nobody that the device knows.
  await assert.rejects(recovered(world, [], await signed(third)), damaged);
  for (const vault of vaults) assert.equal(vault.ledger(owner.backupId)?.lifetime, 0);
});

test('a password that is set after a rotation, in the place of the carried one, is live at once', async () => {
  const world = await begin();
  const { device, newest, carries } = world;
  const next = await nextOwner(device.owner, newest, { carries });
  const { rotation: certificate, firstHead } = next;
  const heads = new TestHeadShelf([newest]);
  const stored = { certificate, head: firstHead.object, heads };
  const second = { ...next, before: [{ ...device.owner, rotation: async () => stored }] };
  const rotations = await signed(second);
  const later = { laterOwners: [second.ownerPublicKey], rotations };
  const after = { ...device, owner: second, others: [device.owner], ...later };
  const replaced = { recordHash: carries.hash, proofSeed: carries.proofSeed };
  const { vaults } = await setTestPassword(after, 'another', { t: 2, replaced });
  assert.ok(vaults.every(({ state }) => state === 'live'));
  const found = await recoverTestKey(after, 'another');
  assert.ok(found.owner.rootKey.equals(second.rootKey));
  for (const vault of device.vaults) {
    const states = vault.ledger(second.backupId)?.records.map(({ state }) => state);
    assert.deepEqual(states, ['removed', 'live']);
  }
});

test('a password that leads to a key which was changed ends no older one', async () => {
  const { device, newest, carries } = await begin();
  const { owner, vaults } = device;
  const replaced = { recordHash: carries.hash, proofSeed: carries.proofSeed };
  await setTestPassword(device, 'another', { t: 2, replaced });
  const second = await nextOwner(owner, newest, { carries });
  const rotations = await signed(second);
  const changed = { ...device, rotations, others: [second] };
  const found = await recoverTestKey(changed, 'another');
  assert.ok(found.owner.rootKey.equals(owner.rootKey));
  const before = await recoverTestKey(changed, PASSWORD, { version: 1 });
  assert.ok(before.owner.rootKey.equals(second.rootKey));
  for (const vault of vaults) {
    const states = vault.ledger(owner.backupId)?.records.map(({ state }) => state);
    assert.deepEqual(states, ['old', 'live']);
  }
  await recoverTestKey(device, 'another');
  assert.deepEqual(
    vaults.map((vault) => vault.ledger(owner.backupId)?.records[0]?.state),
    ['removed', 'removed', 'removed'],
  );
});
