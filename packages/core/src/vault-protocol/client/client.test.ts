/** The client's half over vaults in memory: passwords set, replaced and recovered by, whatever fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import {
  makeTestDevice,
  recoverTestKey,
  setTestPassword,
  type TestDevice,
} from '../fixture/test-device.ts';
import { makeTestOwner } from '../fixture/test-owner.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import {
  type AnswerBody,
  decodeAnswerBody,
  encodeAnswerBody,
  REQUEST_KINDS,
  type RecordStatus,
  type RequestKind,
  servingKeyMessage,
  signAnswer,
} from '../messages/index.ts';

const HOUR_MS = 3600 * 1000;

async function deviceWith(n: number): Promise<TestDevice> {
  const vaults = Array.from({ length: n }, (_, i) => makeTestVault({ seed: `vault ${i}` }));
  return makeTestDevice(await makeTestOwner(), vaults);
}

/** A vault by number, from 1. */
function vaultOf({ vaults }: TestDevice, number: number): TestVault {
  return vaults[number - 1] as TestVault;
}

/** Lets nothing through to these vaults. */
function cutOff(device: TestDevice, ...numbers: number[]): void {
  const cut = numbers.map((number) => vaultOf(device, number));
  device.network = {
    before: (_kind, vault) => {
      if (cut.includes(vault)) throw new Error('no way there');
    },
  };
}

for (const [n, t] of [
  [1, 1],
  [3, 1],
  [3, 2],
  [2, 2],
  [5, 3],
] as const) {
  test(`a password over ${n} vaults, of which ${t} suffice, brings the root key back`, async () => {
    const device = await deviceWith(n);
    const set = await setTestPassword(device, 'correct', { t });
    assert.deepEqual(
      set.vaults.map(({ state }) => state),
      Array(n).fill('live'),
    );
    const all = await recoverTestKey(device, 'correct', { minimumT: t });
    assert.ok(all.owner.rootKey.equals(device.owner.rootKey));
    assert.ok(all.vaults.every(({ isProved, isLiar }) => isProved && !isLiar));
    cutOff(device, ...Array.from({ length: n - t }, (_, i) => i + 1));
    const some = await recoverTestKey(device, 'correct');
    assert.ok(some.owner.rootKey.equals(device.owner.rootKey));
    assert.equal(some.vaults.filter(({ isProved }) => isProved).length, t);
    cutOff(device, ...Array.from({ length: n - t + 1 }, (_, i) => i + 1));
    await assert.rejects(recoverTestKey(device, 'correct'), { code: 'vaults-unreachable' });
    for (const vault of device.vaults) {
      assert.equal(vault.ledger(device.owner.backupId)?.lifetime, 0);
    }
  });
}

test('a wrong password costs one guess at each vault, and the right one gives its own back', async () => {
  const device = await deviceWith(3);
  await setTestPassword(device, 'correct', { t: 2 });
  const wrong = await recoverTestKey(device, 'wrong').catch((error: HoldfastError) => error);
  assert.ok(wrong instanceof HoldfastError);
  assert.deepEqual([wrong.code, wrong.details], ['wrong-password', { guessesLeft: 9 }]);
  await recoverTestKey(device, 'correct');
  const ledger = vaultOf(device, 1).ledger(device.owner.backupId);
  assert.deepEqual([ledger?.records[0]?.row, ledger?.lifetime], [0, 1]);
});

test('ten wrong passwords freeze, which is said, and end in destruction, which is said too', async () => {
  const device = await deviceWith(1);
  const vault = vaultOf(device, 1);
  await setTestPassword(device, 'correct');
  for (let i = 0; i < 10; i++) {
    await assert.rejects(recoverTestKey(device, 'wrong'), { code: 'wrong-password' });
    if (i === 3) await assert.rejects(recoverTestKey(device, 'x'), { code: 'locked-out' });
    vault.advance(13 * HOUR_MS);
  }
  await assert.rejects(recoverTestKey(device, 'correct'), { code: 'locked-out' });
  vault.advance(7 * 24 * HOUR_MS);
  await assert.rejects(recoverTestKey(device, 'correct'), (error: HoldfastError) => {
    return error.code === 'locked-out' && error.message.includes('destroyed');
  });
});

test('a vault that answers falsely is named, and the others suffice', async () => {
  const device = await deviceWith(3);
  await setTestPassword(device, 'correct', { t: 2 });
  const liar = vaultOf(device, 1);
  device.network = {
    after: (kind, vault, answer) =>
      vault === liar && kind === 'guess' ? lie(vault, answer) : answer,
  };
  const { owner, vaults } = await recoverTestKey(device, 'correct');
  assert.ok(owner.rootKey.equals(device.owner.rootKey));
  assert.deepEqual(
    vaults.map(({ isLiar }) => isLiar),
    [true, false, false],
  );
  assert.deepEqual(
    vaults.map(({ isProved }) => isProved),
    [false, true, true],
  );
  cutOff(device, 2);
  const { before } = device.network;
  device.network = {
    ...(before && { before }),
    after: (kind, vault, answer) =>
      vault === liar && kind === 'guess' ? lie(vault, answer) : answer,
  };
  await assert.rejects(recoverTestKey(device, 'correct'), (error: HoldfastError) => {
    return error.code === 'wrong-password' && error.message.includes('answered falsely');
  });
});

/** Another element, signed by the vault itself. */
async function lie(vault: TestVault, answer: Uint8Array): Promise<Uint8Array> {
  const body = decodeAnswerBody(answer.subarray(49, -144 - 64));
  const element = Uint8Array.fromHex(
    '036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
  );
  return await resign(vault, answer, { ...body, rest: element });
}

async function resign(vault: TestVault, answer: Uint8Array, body: AnswerBody): Promise<Uint8Array> {
  const { crypto, identity, identitySeed, wallMs } = vault;
  const seed = new Uint8Array(32).fill(1);
  const { certified, message } = servingKeyMessage(
    crypto.ed25519PublicKey(seed),
    wallMs - HOUR_MS,
    wallMs + HOUR_MS,
  );
  const certificate = concatBytes(certified, crypto.ed25519Sign(identitySeed, message));
  const key = { sign: (bytes: Uint8Array) => crypto.ed25519Sign(seed, bytes), certificate };
  return await signAnswer(identity, key, {
    kind: REQUEST_KINDS[(answer[8] as number) - 1] as RequestKind,
    requestHash: answer.slice(9, 41),
    timeMs: wallMs,
    body: encodeAnswerBody(body),
  });
}

test('another password replaces the first one at once when that was typed', async () => {
  const device = await deviceWith(3);
  const first = await setTestPassword(device, 'old', { t: 2 });
  const { proofSeed } = await recoverTestKey(device, 'old');
  const replaced = { recordHash: first.recordHash, proofSeed };
  const second = await setTestPassword(device, 'new', { t: 2, replaced, account: null });
  assert.deepEqual([first.version, second.version], [1, 2]);
  assert.ok(second.vaults.every(({ state }) => state === 'live'));
  await recoverTestKey(device, 'old', { version: 1 });
  await recoverTestKey(device, 'new');
  await assert.rejects(recoverTestKey(device, 'old', { version: 1 }), { code: 'password-missing' });
  await assert.rejects(recoverTestKey(device, 'old'), { code: 'wrong-password' });
});

test('without the old password, the new one waits; the old one works meanwhile, and after', async () => {
  const device = await deviceWith(2);
  await setTestPassword(device, 'old', { t: 2 });
  const { vaults } = await setTestPassword(device, 'new', { t: 2 });
  assert.deepEqual(
    vaults.map(({ state }) => state),
    ['pending', 'pending'],
  );
  await recoverTestKey(device, 'old');
  for (const vault of device.vaults) vault.advance(72 * HOUR_MS);
  await recoverTestKey(device, 'old', { version: 1 });
  await recoverTestKey(device, 'new');
  await assert.rejects(recoverTestKey(device, 'old', { version: 1 }), { code: 'password-missing' });
});

test('a record of another backup, or with a smaller t than the sheet says, is not used', async () => {
  const device = await deviceWith(3);
  await setTestPassword(device, 'correct', { t: 1 });
  await assert.rejects(recoverTestKey(device, 'correct', { minimumT: 2 }), {
    code: 'password-missing',
  });
  const other = await makeTestOwner('somebody');
  const stranger = { ...device, owner: { ...other, account: device.owner.account } };
  await assert.rejects(recoverTestKey(stranger, 'correct'), { code: 'vaults-unreachable' });
  assert.equal(vaultOf(device, 1).evaluations.length, 1);
});

test('an account code of a password that waits does not guess at the one that works', async () => {
  const device = await deviceWith(1);
  const { owner } = device;
  await setTestPassword(device, 'old');
  const account = new Uint8Array(32).fill(7);
  await setTestPassword(device, 'new', { account });
  const newer = { ...device, owner: { ...owner, account } };
  await assert.rejects(recoverTestKey(newer, 'old'), {
    code: 'password-missing',
    message: /another account code/,
  });
  assert.equal(vaultOf(device, 1).ledger(owner.backupId)?.lifetime, 0);
});

/** What a vault signs, with another status. */
function withStatus(
  vault: TestVault,
  answer: Uint8Array,
  records: readonly RecordStatus[],
): Promise<Uint8Array> {
  const { status, ...body } = decodeAnswerBody(answer.subarray(49, -144 - 64));
  return resign(vault, answer, { ...body, status: { ...status, records } });
}

test('what one vault says of versions does not use them up', async () => {
  const device = await deviceWith(3);
  await setTestPassword(device, 'old', { t: 2 });
  const liar = vaultOf(device, 1);
  const lie = { id: new Uint8Array(16), hash: new Uint8Array(32).fill(1), row: 0, dueInMs: 0 };
  device.network = {
    after: (kind, vault, answer) =>
      vault === liar && kind === 'status'
        ? withStatus(vault, answer, [{ ...lie, version: 999_998, state: 'pending' }])
        : answer,
  };
  const { version } = await setTestPassword(device, 'new', { t: 2 });
  assert.equal(version, 2);
});

test('a vault that lists more records than there can be is not believed', async () => {
  const device = await deviceWith(3);
  await setTestPassword(device, 'correct', { t: 2 });
  const liar = vaultOf(device, 1);
  let asked = 0;
  const lie = { id: new Uint8Array(16), version: 1, state: 'live', row: 0, dueInMs: 0 } as const;
  device.network = {
    before: (kind) => void (kind === 'record' && asked++),
    after(kind, vault, answer) {
      if (vault !== liar || kind !== 'status') return answer;
      const records = Array.from({ length: 255 }, (_, i) => {
        return { ...lie, hash: new Uint8Array(32).fill(i + 1) };
      });
      return withStatus(vault, answer, records);
    },
  };
  const { vaults } = await recoverTestKey(device, 'correct');
  assert.deepEqual(
    vaults.map(({ isProved }) => isProved),
    [false, true, true],
  );
  assert.equal(asked, 0);
});

test('a vault that is trusted at two addresses counts once', async () => {
  const device = await deviceWith(2);
  await setTestPassword(device, 'correct', { t: 2 });
  cutOff(device, 2);
  const twice = { ...device, vaults: [vaultOf(device, 1), vaultOf(device, 1)] };
  await assert.rejects(recoverTestKey(twice, 'correct'), { code: 'password-missing' });
  assert.equal(vaultOf(device, 1).ledger(device.owner.backupId)?.lifetime, 0);
});

test('names that a store made up hide no record, and are not read', async () => {
  const device = await deviceWith(1);
  await setTestPassword(device, 'correct');
  for (let version = 2; version < 200; version++) {
    await device.shelf.putRecord(version, new Uint8Array(16_384).fill(version));
  }
  const { getRecord } = device.shelf;
  let read = 0;
  const shelf = {
    ...device.shelf,
    getRecord: async (version: number) => {
      read++;
      return await getRecord(version);
    },
  };
  await recoverTestKey({ ...device, shelf }, 'correct');
  assert.equal(read, 1);
  assert.equal((await setTestPassword(device, 'new')).version, 200);
});

test('a certificate that could not be brought to a vault is what is said, not that it knows no password', async () => {
  const device = await deviceWith(2);
  device.network = {
    before: (kind) => {
      if (kind === 'commit') throw new Error('no way there');
    },
  };
  await setTestPassword(device, 'correct', { t: 2 });
  await assert.rejects(recoverTestKey(device, 'correct'), {
    code: 'vaults-unreachable',
    message: /could not be brought to them \(vault 1, vault 2\)/,
  });
});

test('a password that one vault of two has is said to be at too few', async () => {
  const device = await deviceWith(2);
  await setTestPassword(device, 'correct', { t: 2 });
  const one = { ...device, vaults: [vaultOf(device, 1)] };
  await assert.rejects(recoverTestKey(one, 'correct'), {
    code: 'password-missing',
    message: /too few of these vaults have the same password/,
  });
});

/** How many messages a run sends, when nothing is lost. */
async function countMessages(device: TestDevice, run: () => Promise<unknown>): Promise<number> {
  let messages = 0;
  device.network = { before: () => void messages++ };
  await run();
  device.network = {};
  return messages;
}

for (const lost of ['message', 'answer'] as const) {
  test(`a set-up that ends with a lost ${lost}, whichever, is finished by the next`, async () => {
    const total = await countMessages(await deviceWith(3), async () => undefined);
    assert.equal(total, 0);
    const probe = await deviceWith(3);
    const messages = await countMessages(probe, () => setTestPassword(probe, 'a', { t: 2 }));
    assert.equal(messages, 12);
    for (let last = 0; last < messages; last++) {
      const device = await deviceWith(3);
      endAfter(device, last, lost);
      const set = await setTestPassword(device, 'first', { t: 2 }).catch(() => null);
      device.network = {};
      const recovered = await recoverTestKey(device, 'first').catch(() => null);
      if (set?.vaults.filter(({ state }) => state === 'live').length === 3) assert.ok(recovered);
      if (recovered === null) await setTestPassword(device, 'second', { t: 2 });
      await recoverTestKey(device, recovered === null ? 'second' : 'first');
    }
  });

  for (const isTyped of [true, false]) {
    const how = isTyped ? 'by the old password' : 'by the root key alone';
    test(`a replacement ${how} that ends with a lost ${lost} leaves a password that works`, async () => {
      for (let last = 0; last < 15; last++) {
        const device = await deviceWith(3);
        const { recordHash } = await setTestPassword(device, 'old', { t: 2 });
        const { proofSeed } = await recoverTestKey(device, 'old');
        const replaced = { recordHash, proofSeed: isTyped ? proofSeed : null };
        endAfter(device, last, lost);
        await setTestPassword(device, 'new', { t: 2, replaced }).catch(() => null);
        device.network = {};
        for (const waitMs of [0, 73 * HOUR_MS]) {
          for (const vault of device.vaults) vault.advance(waitMs);
          const byOld = await recoverTestKey(device, 'old', { version: 1 }).catch(() => null);
          const byNew = await recoverTestKey(device, 'new').catch(() => null);
          assert.ok(byOld !== null || byNew !== null, `neither after ${last} messages`);
        }
      }
    });
  }
}

/** After so many messages nothing gets through any more, in one direction or the other. */
function endAfter(device: TestDevice, messages: number, lost: 'message' | 'answer'): void {
  let sent = 0;
  const end = (): void => {
    if (sent > messages) throw new Error('no way there');
  };
  device.network = {
    before() {
      sent++;
      if (lost === 'message' || sent > messages + 1) end();
    },
    after(_kind, _vault, answer) {
      end();
      return answer;
    },
  };
}
