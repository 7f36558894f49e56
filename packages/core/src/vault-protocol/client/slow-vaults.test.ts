/** Vaults that are slow, or answer nothing at all: nobody waits for them when the others suffice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beginTestRecovery,
  makeTestDevice,
  setTestPassword,
  type TestDevice,
} from '../fixture/test-device.ts';
import { makeTestOwner } from '../fixture/test-owner.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import type { RequestKind } from '../messages/index.ts';
import { awaitEnough } from './await-enough.ts';

const noTime = async (): Promise<void> => undefined;
const forEver = new Promise<never>(() => undefined);

/** A device with a password at three vaults, two of which suffice. */
async function sitDown(): Promise<{ device: TestDevice; third: TestVault }> {
  const vaults = ['a', 'b', 'c'].map((seed) => makeTestVault({ seed }));
  const device = makeTestDevice(await makeTestOwner(), vaults);
  await setTestPassword(device, 'correct', { t: 2 });
  return { device, third: vaults[2] as TestVault };
}

/** Holds back what this vault answers to requests of these kinds. */
function holdBack(
  device: TestDevice,
  held: TestVault,
  kinds: readonly RequestKind[],
  until: Promise<unknown>,
): void {
  device.network = {
    async after(kind, vault, answer) {
      if (vault === held && kinds.includes(kind)) await until;
      return answer;
    },
  };
}

test('a vault that answers nothing holds up no recovery', async () => {
  const { device, third } = await sitDown();
  holdBack(device, third, ['status', 'guess'], forEver);
  device.sleep = noTime;
  const { owner } = await beginTestRecovery(device, 'correct', { minimumT: 2 });
  assert.ok(owner.rootKey.equals(device.owner.rootKey));
});

test('a vault that answers the guess late has its proof then', async () => {
  const { device, third } = await sitDown();
  const gate = Promise.withResolvers<void>();
  holdBack(device, third, ['guess'], gate.promise);
  const { owner, reports } = await beginTestRecovery(device, 'correct', { minimumT: 2 });
  assert.ok(owner.rootKey.equals(device.owner.rootKey));
  const before = third.ledger(device.owner.backupId);
  assert.equal(before?.lifetime, 1);
  gate.resolve();
  assert.ok((await reports).every(({ isProved }) => isProved));
  assert.equal(third.ledger(device.owner.backupId)?.lifetime, 0);
});

test('a vault that is late from the start has its guess and its proof all the same', async () => {
  const { device, third } = await sitDown();
  const gate = Promise.withResolvers<void>();
  holdBack(device, third, ['status', 'guess'], gate.promise);
  let isFirst = true;
  device.sleep = async () => {
    if (!isFirst) await forEver;
    isFirst = false;
  };
  const { reports } = await beginTestRecovery(device, 'correct', { minimumT: 2 });
  gate.resolve();
  assert.deepEqual(
    (await reports).map(({ isProved, failure }) => [isProved, failure === null]),
    [
      [true, true],
      [true, true],
      [true, true],
    ],
  );
});

test('a proof that is not answered is handed over, and can be delivered later', async () => {
  const { device, third } = await sitDown();
  const proved = Promise.withResolvers<void>();
  device.network = {
    async after(kind, vault, answer) {
      if (vault !== third || kind !== 'proof') return answer;
      proved.resolve();
      return await forEver;
    },
  };
  device.sleep = async () => await proved.promise;
  const { reports } = await beginTestRecovery(device, 'correct', { minimumT: 2 });
  const open = (await reports).find(({ identity }) => identity === third.identity)?.openProof;
  assert.ok(open);
  await third.ask(open);
  assert.equal(third.ledger(device.owner.backupId)?.lifetime, 0);
});

test('a wrong password is called so without the vault that is late', async () => {
  const { device, third } = await sitDown();
  holdBack(device, third, ['guess'], forEver);
  device.sleep = noTime;
  await assert.rejects(beginTestRecovery(device, 'wrong', { minimumT: 2 }), {
    code: 'wrong-password',
    message: /or a vault answered falsely/,
  });
});

test('of vaults that are late, those that could tell a lie are waited for longer', async () => {
  const { device, third } = await sitDown();
  const slept: number[] = [];
  const gate = Promise.withResolvers<void>();
  holdBack(device, third, ['guess'], gate.promise);
  device.sleep = async (ms) => {
    slept.push(ms);
    gate.resolve();
    await forEver;
  };
  await assert.rejects(beginTestRecovery(device, 'wrong', { minimumT: 2 }), {
    code: 'wrong-password',
    message: /^(?!.*falsely)/,
  });
  assert.equal(slept.at(-1), 8000);
});

test('a vault that has yet to learn of a newer password is waited for', async () => {
  const { device, third } = await sitDown();
  const old = await beginTestRecovery(device, 'correct');
  await old.reports;
  const replaced = { recordHash: old.record.hash, proofSeed: old.proofSeed };
  device.network = {
    before(kind) {
      if (kind === 'commit') throw new Error('no way there');
    },
  };
  await setTestPassword(device, 'new', { t: 2, replaced });
  let delivered = 0;
  device.network = {
    async after(kind, vault, answer) {
      if (kind === 'commit') delivered++;
      // Later than a moment that takes no time.
      if (vault === third) await new Promise((resolve) => setImmediate(resolve));
      return answer;
    },
  };
  device.sleep = noTime;
  const { record, reports } = await beginTestRecovery(device, 'new', { minimumT: 2 });
  await reports;
  assert.deepEqual([record.frame.version, delivered], [2, 3]);
});

test('awaitEnough() looks again at what came while it looked', async () => {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let looks = 0;
  const ended = awaitEnough(
    [first.promise, second.promise],
    async () => {
      looks++;
      if (looks === 2) second.resolve();
      await null;
      return 'lacking' as const;
    },
    () => forEver,
  );
  first.resolve();
  await ended;
  assert.equal(looks, 3);
});
