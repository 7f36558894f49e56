import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../errors/index.ts';
import { makeChain, makeHead, type TestHead } from '../fixture/test-heads.ts';
import { makeTestOwner, type TestOwner } from '../fixture/test-owner.ts';
import { enrol, stagePassword } from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { TestWitnessing } from '../fixture/test-witnesses.ts';

async function enrolledAt(count: number): Promise<{ owner: TestOwner; vaults: TestVault[] }> {
  const owner = await makeTestOwner();
  const vaults = Array.from({ length: count }, (_, i) => makeTestVault({ seed: `vault ${i}` }));
  for (const vault of vaults) await enrol(owner, vault);
  return { owner, vaults };
}

const headAt = (vault: TestVault, { backupId }: TestOwner): number | undefined =>
  vault.ledger(backupId)?.head?.number;

test('a vault that was never shown a head begins with the newest; one that lags gets all it lacks', async () => {
  const { owner, vaults } = await enrolledAt(2);
  const chain = await makeChain(owner, 40);
  const [first, second] = vaults as [TestVault, TestVault];
  const device = new TestWitnessing(owner, vaults, chain.slice(0, 1));
  assert.deepEqual(await device.standings(), ['empty', 'empty']);
  assert.deepEqual(await device.update(), ['newest', 'newest']);
  device.network = {
    before(_kind, vault) {
      if (vault === second) throw new HoldfastError('vaults-unreachable', 'Cannot reach it');
    },
  };
  device.shelf.shown = chain.slice(0, 2);
  assert.deepEqual(await device.update(), ['newest', 'silent']);
  device.network = {};
  device.shelf.shown = chain;
  assert.deepEqual(await device.standings(), ['behind', 'behind']);
  assert.deepEqual(await device.update(), ['newest', 'newest']);
  assert.deepEqual([headAt(first, owner), headAt(second, owner)], [40, 40]);
  assert.deepEqual(await device.standings(), ['newest', 'newest']);
});

test('a store that shows an older head to a device that remembers none is found out', async () => {
  const { owner, vaults } = await enrolledAt(2);
  const chain = await makeChain(owner, 5);
  await new TestWitnessing(owner, vaults, chain).update();
  const fresh = new TestWitnessing(owner, vaults, chain.slice(0, 3));
  assert.deepEqual(await fresh.standings(), ['elsewhere', 'elsewhere']);
  assert.deepEqual(await fresh.update(), ['elsewhere', 'elsewhere']);
  assert.deepEqual(
    vaults.map((vault) => headAt(vault, owner)),
    [5, 5],
  );
});

test('two devices that a store shows two histories: the second is told, and neither vault forgets', async () => {
  const { owner, vaults } = await enrolledAt(1);
  const [vault] = vaults as [TestVault];
  const chain = await makeChain(owner, 2);
  const fork = await makeHead(owner, chain[0] as TestHead);
  await new TestWitnessing(owner, vaults, chain).update();
  const other = new TestWitnessing(owner, vaults, [chain[0] as TestHead, fork]);
  assert.deepEqual(await other.standings(), ['elsewhere']);
  assert.deepEqual(await other.update(), ['elsewhere']);
  assert.deepEqual(vault.ledger(owner.backupId)?.head?.hash, chain[1]?.hash);
});

test('what another device wrote and delivered since the store was read is no fork', async () => {
  const { owner, vaults } = await enrolledAt(1);
  const chain = await makeChain(owner, 3);
  await new TestWitnessing(owner, vaults, chain).update();
  const device = new TestWitnessing(owner, vaults, chain.slice(0, 2));
  device.shelf.onRefresh = () => {
    device.shelf.shown = chain;
  };
  assert.deepEqual(await device.standings(), ['newest']);
});

test('with one vault down, heads reach it when it is back, whichever device comes', async () => {
  const { owner, vaults } = await enrolledAt(2);
  const [first, second] = vaults as [TestVault, TestVault];
  const chain = await makeChain(owner, 6);
  const phone = new TestWitnessing(owner, vaults, chain.slice(0, 1));
  const tablet = new TestWitnessing(owner, vaults, chain.slice(0, 1));
  await phone.update();
  const isDown = {
    before(_kind: unknown, vault: TestVault) {
      if (vault === second) throw new HoldfastError('vaults-unreachable', 'Cannot reach it');
    },
  };
  for (const [i, device] of [phone, tablet, phone, tablet].entries()) {
    device.network = isDown;
    device.shelf.shown = chain.slice(0, i + 2);
    assert.deepEqual(await device.standings(), ['behind', 'silent']);
    assert.deepEqual(await device.update(), ['newest', 'silent']);
  }
  assert.deepEqual([headAt(first, owner), headAt(second, owner)], [5, 1]);
  phone.network = {};
  phone.shelf.shown = chain;
  assert.deepEqual(await phone.update(), ['newest', 'newest']);
});

test('cut off at any message, the next run brings the vault up to date', async () => {
  const { owner, vaults } = await enrolledAt(1);
  const [vault] = vaults as [TestVault];
  const chain = await makeChain(owner, 1 + 10 * 33);
  const device = new TestWitnessing(owner, vaults, chain.slice(0, 1));
  await device.update();
  // How it stands, which head it shows, then three messages of heads: each lost, or its answer.
  for (let cut = 0; cut < 10; cut++) {
    device.shelf.shown = chain.slice(0, 1 + 33 * (cut + 1));
    let left = cut >> 1;
    const lose = (): void => {
      if (left-- === 0) throw new HoldfastError('vaults-unreachable', 'Cannot reach it');
    };
    const loseAnswer = (_kind: unknown, _vault: unknown, answer: Uint8Array): Uint8Array => {
      lose();
      return answer;
    };
    device.network = cut % 2 === 0 ? { before: lose } : { after: loseAnswer };
    assert.deepEqual(await device.update(), ['silent']);
    assert.equal(left, -1);
    device.network = {};
    assert.deepEqual(await device.standings(), [cut === 9 ? 'newest' : 'behind']);
    assert.deepEqual(await device.update(), ['newest']);
    assert.equal(headAt(vault, owner), 1 + 33 * (cut + 1));
  }
});

test('a vault that names a head which it can not show stops nothing, and is named', async () => {
  const { owner, vaults } = await enrolledAt(1);
  const [vault] = vaults as [TestVault];
  const chain = await makeChain(owner, 3);
  const device = new TestWitnessing(owner, vaults, chain);
  await device.update();
  vault.says = (status) => ({ ...status, head: { number: 9, hash: new Uint8Array(32).fill(1) } });
  assert.deepEqual(await device.standings(), ['broken']);
  vault.says = (status) => ({ ...status, head: { number: 9, hash: chain[2]?.hash as Uint8Array } });
  assert.deepEqual(await device.standings(), ['broken']);
});

test('a vault that names an older head, or none, is noticed by another', async () => {
  const { owner, vaults } = await enrolledAt(2);
  const [liar] = vaults as [TestVault];
  const chain = await makeChain(owner, 3);
  const none = liar.save();
  await new TestWitnessing(owner, vaults, chain.slice(0, 1)).update();
  const older = liar.save();
  await new TestWitnessing(owner, vaults, chain).update();
  for (const [before, standing] of [
    [none, 'empty'],
    [older, 'behind'],
  ] as const) {
    liar.setBack(before);
    const fresh = new TestWitnessing(owner, vaults, chain.slice(0, 2));
    assert.deepEqual(await fresh.standings(), [standing, 'elsewhere']);
  }
});

test('a vault that names what it can not show has nobody follow the chain for it', async () => {
  const { owner, vaults } = await enrolledAt(1);
  const [vault] = vaults as [TestVault];
  const device = new TestWitnessing(owner, vaults, await makeChain(owner, 3));
  await device.update();
  vault.says = (status) => ({ ...status, head: { number: 1, hash: new Uint8Array(32).fill(1) } });
  device.shelf.linksAfter = async () => assert.fail('the chain is followed');
  assert.deepEqual(await device.standings(), ['broken']);
  assert.deepEqual(await device.update(), ['broken']);
});

test('a vault set back to an older copy is brought up to date again', async () => {
  const { owner, vaults } = await enrolledAt(1);
  const [vault] = vaults as [TestVault];
  const chain = await makeChain(owner, 4);
  const device = new TestWitnessing(owner, vaults, chain.slice(0, 2));
  await device.update();
  const before = vault.save();
  device.shelf.shown = chain;
  await device.update();
  vault.setBack(before);
  assert.deepEqual(await device.standings(), ['behind']);
  assert.deepEqual(await device.update(), ['newest']);
});

test('a store that lost its newest head goes on when the person says so, and every vault follows', async () => {
  const { owner, vaults } = await enrolledAt(3);
  const chain = await makeChain(owner, 4);
  await new TestWitnessing(owner, vaults, chain).update();
  const kept = chain.slice(0, 3);
  const device = new TestWitnessing(owner, vaults, kept);
  const asked = await device.ask();
  const putAside = asked.flatMap(({ status }) => (status?.head ? [status.head] : []));
  device.network = {
    before(kind, vault) {
      if (vault === vaults[2] && kind === 'rebase') {
        throw new HoldfastError('vaults-unreachable', 'Cannot reach it');
      }
    },
  };
  device.shelf.shown = [...kept, await makeHead(owner, kept[2] as TestHead)];
  device.shelf.displaced = putAside;
  assert.deepEqual(await device.update(), ['newest', 'newest', 'silent']);
  // Whoever comes later need not say it again.
  device.network = {};
  assert.deepEqual(await device.standings(), ['newest', 'newest', 'displaced']);
  assert.deepEqual(await device.update(), ['newest', 'newest', 'newest']);
  const old = new TestWitnessing(owner, vaults, chain);
  assert.deepEqual(await old.standings(), ['elsewhere', 'elsewhere', 'elsewhere']);
});

test('only heads that were given up are put aside', async () => {
  const { owner, vaults } = await enrolledAt(1);
  const [vault] = vaults as [TestVault];
  const chain = await makeChain(owner, 4);
  await new TestWitnessing(owner, vaults, chain.slice(0, 3)).update();
  const device = new TestWitnessing(owner, vaults, chain.slice(0, 1));
  const [asked] = await device.ask();
  const given = asked?.status?.head;
  assert.ok(given);
  // Another device goes on meanwhile.
  await new TestWitnessing(owner, vaults, chain).update();
  device.shelf.shown = [chain[0] as TestHead, await makeHead(owner, chain[0] as TestHead)];
  device.shelf.displaced = [given];
  assert.deepEqual(await device.update(), ['elsewhere']);
  assert.equal(headAt(vault, owner), 4);
});

test('a vault without a ledger of the backup, and one whose answers are not its own, are told apart', async () => {
  const { owner, vaults } = await enrolledAt(2);
  const strange = makeTestVault({ seed: 'strange' });
  const chain = await makeChain(owner, 1);
  const device = new TestWitnessing(owner, [...vaults, strange], chain);
  device.network = {
    after: (_kind, vault, answer) => (vault === vaults[1] ? answer.with(60, 99) : answer),
  };
  assert.deepEqual(await device.standings(), ['empty', 'broken', 'unknown']);
  assert.deepEqual(await device.update(), ['newest', 'broken', 'unknown']);
});

test('a log that does not go on from what was seen of it is told', async () => {
  const { owner, vaults } = await enrolledAt(1);
  const [vault] = vaults as [TestVault];
  const chain = await makeChain(owner, 1);
  const device = new TestWitnessing(owner, vaults, chain);
  const early = vault.save();
  const [begun] = await device.ask();
  assert.ok(begun?.log);
  await stagePassword(owner, [vault], { version: 1 });
  const [grown] = await device.ask(begun.log);
  assert.ok(grown?.log);
  assert.deepEqual([grown.isLogGood, grown.log.number], [true, 2]);
  vault.setBack(early);
  const [cut] = await device.ask(grown.log);
  assert.deepEqual([cut?.isLogGood, cut?.log?.number], [false, 1]);
  vault.advance(1000);
  await stagePassword(owner, [vault], { version: 1 });
  const [another] = await device.ask(grown.log);
  assert.deepEqual([another?.isLogGood, another?.log?.number], [false, 2]);
});
