import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRecoveryRecord } from '../../recovery-record/index.ts';
import { Secret } from '../../secret/index.ts';
import { makeRequest, makeTestOwner, send, type TestOwner } from '../fixture/test-owner.ts';
import {
  freshElement,
  guess,
  prove,
  setPassword,
  type TestPassword,
} from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { decodePasswordBody, EMPTY_LOG, followLog, openPasswordBody } from '../messages/index.ts';
import { finalizeOutput } from '../oprf.ts';
import { joinShares, maskShare, type Share } from '../shares.ts';

/** What the guess of a password gives at a vault: its share. */
async function recoverShare(
  owner: TestOwner,
  vault: TestVault,
  password: TestPassword,
  input = password.input,
): Promise<Share> {
  const guessed = await guess(owner, vault, password, input);
  assert.equal(guessed.outcome, 'done');
  const output = finalizeOutput(input, guessed.blinded.blind, guessed.rest);
  const ours = password.vaults.find(({ identity }) => identity.toHex() === vault.identity.toHex());
  assert.ok(ours !== undefined);
  const bytes = await maskShare(owner.crypto, ours.maskedShare, output, ours);
  if (input === password.input) await prove(owner, vault, password, guessed);
  return { place: ours.place, bytes };
}

async function openWith(
  { crypto }: TestOwner,
  { record: object }: TestPassword,
  shares: readonly Share[],
): Promise<Secret | null> {
  const record = await parseRecoveryRecord(crypto, object);
  const secret = new Secret(await joinShares(shares));
  return await openPasswordBody(crypto, record, decodePasswordBody(record.body), secret);
}

test('a password set at three vaults brings the root key back from any two of them', async () => {
  const owner = await makeTestOwner();
  const vaults = ['a', 'b', 'c'].map((seed) => makeTestVault({ seed }));
  const password = await setPassword(owner, vaults, { version: 1, t: 2 });
  for (let left = 0; left < 3; left++) {
    const shares: Share[] = [];
    for (const vault of vaults.toSpliced(left, 1)) {
      shares.push(await recoverShare(owner, vault, password));
    }
    const rootKey = await openWith(owner, password, shares);
    assert.ok(rootKey?.equals(owner.rootKey));
    const [share] = shares as [Share];
    const wrong = await recoverShare(owner, vaults[left] as TestVault, password, owner.account);
    assert.equal(await openWith(owner, password, [share, wrong]), null);
  }
  for (const vault of vaults) assert.equal(vault.ledger(owner.backupId)?.lifetime, 1);
});

test('each entry of the log names the one before, and each answer the last one', async () => {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  const password = await setPassword(owner, [vault], { version: 1 });
  for (let i = 0; i < 3; i++) {
    await prove(owner, vault, password, await guess(owner, vault, password));
  }
  const bytes = await makeRequest(owner, vault, 'log', { from: 1 });
  const { rest, status } = await send(owner, vault, bytes);
  const entries = Array.from({ length: rest[0] ?? 0 }, (_, i) => {
    return rest.subarray(1 + i * 96, 97 + i * 96);
  });
  assert.equal(entries.length, 9);
  assert.deepEqual(await followLog(owner.crypto, owner.backupId, EMPTY_LOG, entries), status.log);
});

test('a vault says hello to anybody', async () => {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  const bytes = await makeRequest(owner, vault, 'hello', {});
  const { outcome, status, rest } = await send(owner, vault, bytes);
  assert.deepEqual([outcome, status.state, status.guessesLeft], ['done', 'none', 10]);
  assert.deepEqual(rest.slice(0, 32), vault.identity);
});

test('a vault that ends before it answers is asked again, and counts once', async () => {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  const password = await setPassword(owner, [vault], { version: 1 });
  for (const [at, lifetime] of [
    ['decided', 0],
    ['committed', 2],
  ] as const) {
    const attemptId = owner.crypto.randomBytes(16);
    const body = { recordHash: password.hash, attemptId, element: freshElement(owner) };
    const bytes = await makeRequest(owner, vault, 'guess', body);
    const token = vault.token(owner.account, 'guess');
    vault.onStep = (step) => {
      if (step === at) throw new Error('the vault ended');
    };
    const before = vault.evaluations.length;
    await assert.rejects(send(owner, vault, bytes, token), /ended/);
    assert.equal(vault.ledger(owner.backupId)?.lifetime, lifetime);
    assert.equal(vault.evaluations.length, before);
    vault.onStep = () => undefined;
    assert.equal((await send(owner, vault, bytes, token)).outcome, 'done');
    assert.equal(vault.ledger(owner.backupId)?.lifetime, at === 'decided' ? 1 : 2);
    assert.equal(vault.evaluations.length, before + 1);
  }
});
