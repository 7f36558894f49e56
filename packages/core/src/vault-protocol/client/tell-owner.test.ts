/** Rotations that are brought to vaults, in whatever state these are (spec/vault-protocol.md §12.3, 7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../errors/index.ts';
import {
  makeTestDevice,
  recoverTestKey,
  setTestPassword,
  testPorts,
} from '../fixture/test-device.ts';
import { makeChain, nextOwner, type RotatedOwner, type TestHead } from '../fixture/test-heads.ts';
import { makeTestOwner, type TestOwner } from '../fixture/test-owner.ts';
import { enrol, setPassword } from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { type EarlierOwner, enrolOwner, tellOwner } from './tell-owner.ts';
import { clientsOf, type VaultClient } from './vault-client.ts';

interface World {
  readonly first: TestOwner;
  readonly second: RotatedOwner;
  /** After two rotations, with those before. */
  readonly third: RotatedOwner & { readonly before: readonly EarlierOwner[] };
  readonly vaults: readonly TestVault[];
  readonly device: ReturnType<typeof makeTestDevice>;
}

function earlier(owner: TestOwner, next: RotatedOwner): EarlierOwner {
  const { ownerSeed, ownerPublicKey, headPublicKey } = owner;
  const rotation = async () => ({ certificate: next.rotation, head: next.firstHead.object });
  return { ownerSeed, ownerPublicKey, headPublicKey, rotation };
}

/** A backup that was rotated twice, and vaults that know it by its first owner. */
async function rotatedTwice(count: number): Promise<World> {
  const first = await makeTestOwner();
  const vaults = Array.from({ length: count }, (_, i) => makeTestVault({ seed: `vault ${i}` }));
  for (const vault of vaults) await enrol(first, vault);
  const [head] = await makeChain(first, 1);
  const second = await nextOwner(first, head as TestHead);
  const newest = await nextOwner(second, second.firstHead);
  const third = { ...newest, before: [earlier(first, second), earlier(second, newest)] };
  return { first, second, third, vaults, device: makeTestDevice(third, vaults) };
}

function clientsIn({ device }: World): VaultClient[] {
  const { links, context } = testPorts(device);
  return clientsOf(links, context);
}

const ownersAt = ({ vaults, first }: World): (Uint8Array | undefined)[] =>
  vaults.map((vault) => vault.ledger(first.backupId)?.ownerPublicKey);

test('a vault hears of all rotations that it lacks, whichever it had heard of', async () => {
  const world = await rotatedTwice(3);
  const { first, second, third, vaults } = world;
  const clients = clientsIn(world);
  const strange = makeTestVault({ seed: 'strange' });
  const apart = clientsIn({ ...world, device: makeTestDevice(third, [strange]) });
  const [one, two] = clients as [VaultClient, VaultClient];
  const half = { ...second, before: [earlier(first, second)] };
  assert.equal(await tellOwner(one, half), 'known');
  assert.equal(await tellOwner(two, third), 'known');
  for (const client of clients) assert.equal(await tellOwner(client, third), 'known');
  assert.deepEqual(
    ownersAt(world),
    vaults.map(() => third.ownerPublicKey),
  );
  const [stranger] = apart as [VaultClient];
  assert.equal(await tellOwner(stranger, third), 'unknown');
  assert.equal(await enrolOwner(stranger, third, 'enrol'), 'done');
  assert.deepEqual(strange.ledger(first.backupId)?.ownerPublicKey, third.ownerPublicKey);
  assert.equal(strange.ledger(first.backupId)?.generation, 2);
});

/** How many messages are sent, or answered, when none is lost. */
const MESSAGES = { sent: 15, answered: 9 } as const;

for (const [lost, count] of Object.entries(MESSAGES)) {
  test(`cut off at any message ${lost}, a vault has an owner, and is told of the newest when asked again`, async () => {
    for (let cut = 0; cut <= count; cut++) {
      const world = await rotatedTwice(3);
      const { first, second, third, device } = world;
      let left = cut;
      const lose = (): void => {
        if (left-- === 0) throw new HoldfastError('vaults-unreachable', 'Cannot reach it');
      };
      const loseAnswer = (_kind: unknown, _vault: unknown, answer: Uint8Array): Uint8Array => {
        lose();
        return answer;
      };
      device.network = lost === 'sent' ? { before: lose } : { after: loseAnswer };
      const told = clientsIn(world).map((client) => tellOwner(client, third));
      const ends = await Promise.allSettled(told);
      const failed = ends.filter(({ status }) => status === 'rejected');
      assert.equal(failed.length, cut === count ? 0 : 1);
      const owners = [first, second, third].map(({ ownerPublicKey }) => ownerPublicKey.toHex());
      for (const owner of ownersAt(world)) assert.ok(owners.includes(owner?.toHex() ?? ''));
      device.network = {};
      for (const client of clientsIn(world)) assert.equal(await tellOwner(client, third), 'known');
    }
  });
}

test('a vault with a password of an owner before, or whose rotation the store lost, stays with them', async () => {
  const world = await rotatedTwice(1);
  const { first, third, vaults } = world;
  const [client] = clientsIn(world) as [VaultClient];
  const [lost, last] = third.before as [EarlierOwner, EarlierOwner];
  const before = [{ ...lost, rotation: async () => null }, last];
  assert.equal(await tellOwner(client, { ...third, before }), 'unknown');
  await setPassword(first, vaults, { version: 1 });
  assert.equal(await tellOwner(client, third), 'held-up');
  assert.equal(await enrolOwner(client, third, 'enrol'), 'conflict');
  assert.deepEqual(ownersAt(world), [first.ownerPublicKey]);
});

test('the owner after rotations sets a password, which brings the newest root key back', async () => {
  const world = await rotatedTwice(3);
  const { device, third } = world;
  await setTestPassword(device, 'another password', { t: 2 });
  await assert.rejects(recoverTestKey(device, 'another password'), { code: 'password-missing' });
  const knowing = { ...device, laterOwners: [third.ownerPublicKey] };
  const { owner, vaults } = await recoverTestKey(knowing, 'another password');
  assert.ok(owner.rootKey.equals(third.rootKey));
  assert.ok(vaults.every(({ isProved }) => isProved));
});
