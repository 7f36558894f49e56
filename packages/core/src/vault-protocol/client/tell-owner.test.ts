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
import {
  type Carried,
  makeChain,
  makeHead,
  nextOwner,
  type RotatedOwner,
  type TestHead,
} from '../fixture/test-heads.ts';
import { ask, makeTestOwner, type TestOwner } from '../fixture/test-owner.ts';
import { commit, enrol, setPassword, stagePassword } from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { TestHeadShelf } from '../fixture/test-witnesses.ts';
import { removePasswords } from './end-password.ts';
import {
  type Acquaintance,
  type EarlierOwner,
  enrolOwner,
  type OwnerLine,
  type TellPorts,
  tellOwner,
} from './tell-owner.ts';
import { clientsOf, type VaultClient } from './vault-client.ts';

type Line = RotatedOwner & { readonly before: readonly EarlierOwner[] };

interface World {
  readonly first: TestOwner;
  readonly second: Line;
  /** After two rotations, with those before. */
  readonly third: Line;
  readonly vaults: readonly TestVault[];
  readonly device: ReturnType<typeof makeTestDevice>;
}

/** @param heads Of the owner, as the store shows them. */
function earlier(
  { ownerSeed, ownerPublicKey, headPublicKey }: TestOwner,
  next: RotatedOwner,
  heads: TestHeadShelf,
): EarlierOwner {
  const certified = { certificate: next.rotation, head: next.firstHead.object };
  const rotation = async () => ({ ...certified, heads });
  return { ownerSeed, ownerPublicKey, headPublicKey, rotation };
}

interface Rotating {
  readonly first: TestOwner;
  readonly vaults: readonly TestVault[];
  /** Of the first owner. */
  readonly heads: TestHeadShelf;
  /** Over both rotations. */
  readonly carries?: Carried;
}

async function rotateTwice({ first, vaults, heads, carries }: Rotating): Promise<World> {
  const options = carries === undefined ? {} : { carries };
  const next = await nextOwner(first, heads.newest, options);
  const second = { ...next, before: [earlier(first, next, heads)] };
  const newest = await nextOwner(second, second.firstHead, options);
  const own = new TestHeadShelf([...heads.shown, second.firstHead]);
  const third = { ...newest, before: [...second.before, earlier(second, newest, own)] };
  return { first, second, third, vaults, device: makeTestDevice(third, vaults) };
}

/** Vaults that know a backup by its first owner. */
async function begin(count: number): Promise<Rotating> {
  const first = await makeTestOwner();
  const vaults = Array.from({ length: count }, (_, i) => makeTestVault({ seed: `vault ${i}` }));
  for (const vault of vaults) await enrol(first, vault);
  return { first, vaults, heads: new TestHeadShelf(await makeChain(first, 3)) };
}

async function rotatedTwice(count: number): Promise<World> {
  return await rotateTwice(await begin(count));
}

function clientsIn({ device }: Pick<World, 'device'>): VaultClient[] {
  const { links, context } = testPorts(device);
  return clientsOf(links, context);
}

async function tell(
  { device }: Pick<World, 'device'>,
  client: VaultClient,
  owner: Pick<OwnerLine, 'before'>,
): Promise<Acquaintance> {
  return await tellOwner(portsIn(device), client, owner);
}

function portsIn(device: World['device']): TellPorts {
  return { context: testPorts(device).context, shelf: device.shelf };
}

/** What the first of the vaults becomes when it is told. */
async function tellOne(world: World): Promise<Acquaintance> {
  const [client] = clientsIn(world) as [VaultClient];
  return await tell(world, client, world.third);
}

const ownersAt = ({ vaults, first }: World): (Uint8Array | undefined)[] =>
  vaults.map((vault) => vault.ledger(first.backupId)?.ownerPublicKey);

test('a vault hears of all rotations that it lacks, whichever it had heard of', async () => {
  const world = await rotatedTwice(3);
  const { first, second, third, vaults } = world;
  const [one, ...others] = clientsIn(world) as [VaultClient, ...VaultClient[]];
  assert.equal(await tell(world, one, second), 'known');
  assert.deepEqual(ownersAt(world)[0], second.ownerPublicKey);
  for (const client of [one, ...others]) assert.equal(await tell(world, client, third), 'known');
  assert.deepEqual(
    ownersAt(world),
    vaults.map(() => third.ownerPublicKey),
  );
  const strange = makeTestVault({ seed: 'strange' });
  const apart = { device: makeTestDevice(third, [strange]) };
  const [stranger] = clientsIn(apart) as [VaultClient];
  assert.equal(await tell(apart, stranger, third), 'unknown');
  for (let again = 0; again < 2; again++) {
    assert.equal(await enrolOwner(portsIn(apart.device), stranger, third, 'enrol'), 'done');
  }
  assert.deepEqual(strange.ledger(first.backupId)?.ownerPublicKey, third.ownerPublicKey);
  assert.equal(strange.ledger(first.backupId)?.generation, 2);
});

/** How many messages are sent, or answered, when none is lost. */
const MESSAGES = { sent: 24, answered: 21 } as const;

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
      const told = clientsIn(world).map((client) => tell(world, client, third));
      const ends = await Promise.allSettled(told);
      const failed = ends.filter(({ status }) => status === 'rejected');
      assert.equal(failed.length, cut === count ? 0 : 1);
      const owners = [first, second, third].map(({ ownerPublicKey }) => ownerPublicKey.toHex());
      for (const owner of ownersAt(world)) assert.ok(owners.includes(owner?.toHex() ?? ''));
      device.network = {};
      for (const client of clientsIn(world)) {
        assert.equal(await enrolOwner(portsIn(device), client, third, null), 'done');
      }
    }
  });
}

test('a vault whose rotation the store lost stays with the owner before', async () => {
  const world = await rotatedTwice(1);
  const { first, third } = world;
  const [client] = clientsIn(world) as [VaultClient];
  const [lost, last] = third.before as [EarlierOwner, EarlierOwner];
  const before = [{ ...lost, rotation: async () => null }, last];
  assert.equal(await tell(world, client, { before }), 'unknown');
  assert.deepEqual(ownersAt(world), [first.ownerPublicKey]);
});

test('a vault with a password that is not carried over stays with its owner, and says why', async () => {
  const rotating = await begin(1);
  const { first, vaults } = rotating;
  await setPassword(first, vaults, { version: 1 });
  const world = await rotateTwice(rotating);
  const [client] = clientsIn(world) as [VaultClient];
  const told = await tellOne(world);
  assert.ok(typeof told !== 'string' && told.standing === 'held-up');
  assert.match(String(told.failure), /it has another password/);
  const { device, third } = world;
  await assert.rejects(enrolOwner(portsIn(device), client, third, 'enrol'), { code: 'contention' });
  assert.deepEqual(ownersAt(world), [first.ownerPublicKey]);

  // It can be removed all the same, and then the vault follows.
  const [ended] = await removePasswords(testPorts(device), third, null);
  assert.deepEqual([ended?.ended, ended?.failure], [1, null]);
  vaults[0]?.advance(72 * 3600 * 1000);
  assert.equal(await tellOne(world), 'known');
  assert.deepEqual(ownersAt(world), [third.ownerPublicKey]);
});

test('a vault that was away at the last change of the password gets that before the rotation', async () => {
  const rotating = await begin(2);
  const { first, vaults } = rotating;
  const [away, other] = vaults as [TestVault, TestVault];
  const old = await setPassword(first, vaults, { version: 1 });
  const carries = await stagePassword(first, vaults, { version: 2, replaces: old, provedBy: old });
  await commit(first, other, carries);
  const world = await rotateTwice({ ...rotating, carries });
  await world.device.shelf.putRecord(2, carries.record);
  await world.device.shelf.putCertificate(2, carries.certificate);
  assert.equal(await tellOne(world), 'known');
  const records = away.ledger(first.backupId)?.records ?? [];
  assert.deepEqual(
    records.map(({ version, state }) => [version, state]),
    [
      [1, 'old'],
      [2, 'live'],
    ],
  );
});

test('a vault gets the heads that it lacks before the rotation', async () => {
  const rotating = await begin(1);
  const world = await rotateTwice(rotating);
  const { first, third, vaults } = world;
  const [vault] = vaults as [TestVault];
  const [head] = rotating.heads.shown as [TestHead];
  await ask(first, vault, 'witness', { heads: [head.object] });
  assert.equal(await tellOne(world), 'known');
  const kept = vault.ledger(first.backupId);
  assert.equal(kept?.head?.number, third.firstHead.number);
  assert.equal(kept?.displacedHead, null);
});

test('a vault that holds a head which the store does not lead to is rotated when that was put aside', async () => {
  const rotating = await begin(1);
  const world = await rotateTwice(rotating);
  const { first, third, vaults } = world;
  const [vault] = vaults as [TestVault];
  const elsewhere = await makeHead(first, rotating.heads.newest);
  await ask(first, vault, 'witness', { heads: [elsewhere.object] });
  const told = await tellOne(world);
  assert.ok(typeof told !== 'string');
  assert.deepEqual([told.standing, told.status?.head?.number], ['elsewhere', elsewhere.number]);
  assert.deepEqual(ownersAt(world), [first.ownerPublicKey]);
  rotating.heads.displaced = [elsewhere];
  assert.equal(await tellOne(world), 'known');
  assert.deepEqual(ownersAt(world), [third.ownerPublicKey]);
  assert.equal(vault.ledger(first.backupId)?.displacedHead?.number, elsewhere.number);
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
