/** Passwords removed, changes cancelled, and logs read, over vaults in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  makeTestDevice,
  recoverTestKey,
  setTestPassword,
  type TestDevice,
  testPorts,
} from '../fixture/test-device.ts';
import { makeTestOwner } from '../fixture/test-owner.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { cancelChanges, removePasswords } from './end-password.ts';
import { readLog } from './read-log.ts';
import { VaultClient } from './vault-client.ts';

const HOUR_MS = 3600 * 1000;

async function deviceWith(n: number): Promise<TestDevice> {
  const vaults = Array.from({ length: n }, (_, i) => makeTestVault({ seed: `vault ${i}` }));
  return makeTestDevice(await makeTestOwner(), vaults);
}

async function proofOf(device: TestDevice, password: string, version?: number) {
  const options = version === undefined ? {} : { version };
  const { record, proofSeed } = await recoverTestKey(device, password, options);
  return { recordHash: record.hash, proofSeed };
}

test('a password that was typed is removed at once, with what is pending and staged', async () => {
  const device = await deviceWith(2);
  await setTestPassword(device, 'first', { t: 2 });
  await setTestPassword(device, 'waits', { t: 2 });
  const proof = await proofOf(device, 'first');
  const ended = await removePasswords(testPorts(device), device.owner, proof);
  assert.deepEqual(
    ended.map(({ ended, status }) => [ended, status?.state]),
    [
      [2, 'none'],
      [2, 'none'],
    ],
  );
  await assert.rejects(recoverTestKey(device, 'first'), { code: 'password-missing' });
});

test('a password that was not typed is removed after the delay, unless it is cancelled', async () => {
  const device = await deviceWith(2);
  await setTestPassword(device, 'first', { t: 2 });
  const [vault] = await removePasswords(testPorts(device), device.owner, null);
  assert.deepEqual([vault?.ended, vault?.status?.records[0]?.dueInMs], [1, 72 * HOUR_MS]);
  const again = await removePasswords(testPorts(device), device.owner, null);
  assert.deepEqual(
    again.map(({ ended }) => ended),
    [0, 0],
  );

  const { proofSeed } = await proofOf(device, 'first');
  const seed = { proofSeed: proofSeed.bytes() };
  const cancelled = await cancelChanges(testPorts(device), device.owner, seed);
  assert.deepEqual(
    cancelled.map(({ ended, status }) => [ended, status?.records[0]?.dueInMs]),
    [
      [1, 0],
      [1, 0],
    ],
  );
  for (const each of device.vaults) each.advance(100 * HOUR_MS);
  await recoverTestKey(device, 'first');
});

test('the password cancels a change that somebody else began', async () => {
  const device = await deviceWith(2);
  await setTestPassword(device, 'mine', { t: 2 });
  await setTestPassword(device, 'the thief’s', { t: 2 });
  const { proofSeed } = await proofOf(device, 'mine');
  const seed = { proofSeed: proofSeed.bytes() };
  const cancelled = await cancelChanges(testPorts(device), device.owner, seed);
  assert.deepEqual(
    cancelled.map(({ ended }) => ended),
    [1, 1],
  );
  for (const each of device.vaults) each.advance(100 * HOUR_MS);
  await recoverTestKey(device, 'mine');
});

test('a vault that does not answer is named, and the others end the password', async () => {
  const device = await deviceWith(2);
  await setTestPassword(device, 'first', { t: 2 });
  const proof = await proofOf(device, 'first');
  device.network = {
    before: (_, vault) => {
      if (vault === device.vaults[0]) throw new Error('no way there');
    },
  };
  const ended = await removePasswords(testPorts(device), device.owner, proof);
  assert.deepEqual(
    ended.map(({ ended, status }) => [ended, status?.state ?? null]),
    [
      [0, null],
      [1, 'none'],
    ],
  );
  assert.match(String(ended[0]?.failure), /no way there/);
});

test('the whole log is read over its pages, and compared with what was seen', async () => {
  const device = await deviceWith(1);
  await setTestPassword(device, 'first');
  for (let i = 0; i < 60; i++) await recoverTestKey(device, 'first');
  const { context, links } = testPorts(device);
  const client = new VaultClient(links[0] as never, context);
  const seed = device.owner.ownerSeed.bytes();
  const whole = await readLog(context, client, seed);
  assert.deepEqual([whole.isWhole, whole.hasSeen], [true, true]);
  assert.equal(whole.entries.length, 3 + 2 * 60);
  assert.deepEqual(whole.entries.at(-1)?.what, 'proof');

  const seen = whole.status.log;
  await assert.rejects(recoverTestKey(device, 'wrong'), { code: 'wrong-password' });
  const more = await readLog(context, client, seed, { from: seen, seen });
  assert.deepEqual(
    [more.isWhole, more.hasSeen, more.entries.map(({ what }) => what)],
    [true, true, ['guess']],
  );
  const other = { number: seen.number, hash: new Uint8Array(32).fill(7) };
  assert.equal((await readLog(context, client, seed, { seen: other })).hasSeen, false);
  assert.deepEqual(
    await readLog(context, client, seed, { from: other }).then(({ isWhole }) => isWhole),
    false,
  );
});

test('who asks is told which vaults were asked and which answered, each under its attempt', async () => {
  const device = await deviceWith(3);
  await setTestPassword(device, 'first', { t: 2 });
  const silent = device.vaults[1] as TestVault;
  device.network = {
    before: (kind, vault) => {
      if (kind === 'guess' && vault === silent) throw new Error('no way there');
    },
  };
  const events: string[] = [];
  const attempts = new Set<string>();
  await recoverTestKey(device, 'first', {
    onEvent: ({ type, name, attemptId }) => {
      events.push(`${type} ${name}`);
      attempts.add(attemptId.toHex());
    },
  });
  assert.deepEqual(events.slice(0, 3), ['guess vault 1', 'guess vault 2', 'guess vault 3']);
  assert.deepEqual(events.slice(3).toSorted(), [
    'answer vault 1',
    'answer vault 3',
    'no-answer vault 2',
  ]);
  assert.equal(attempts.size, 3);
});
