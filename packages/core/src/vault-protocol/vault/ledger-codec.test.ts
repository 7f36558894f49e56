import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTestOwner } from '../fixture/test-owner.ts';
import { guess, prove, setPassword, stagePassword } from '../fixture/test-password.ts';
import { makeTestVault } from '../fixture/test-vault.ts';
import { RECORD_STATES } from '../messages/index.ts';
import type { Ledger } from './ledger.ts';
import { decodeLedger, encodeLedger } from './ledger-codec.ts';

/** With a record in each state, and attempts. */
async function wholeLedger(): Promise<Ledger> {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  const first = await setPassword(owner, [vault], { version: 1 });
  await setPassword(owner, [vault], { version: 2, provedBy: first });
  await prove(owner, vault, first, await guess(owner, vault, first));
  await guess(owner, vault, first);
  await setPassword(owner, [vault], { version: 3 });
  await stagePassword(owner, [vault], { version: 999_999 });
  const ledger = vault.ledger(owner.backupId);
  const [old] = ledger?.records ?? [];
  assert.ok(ledger !== null && old !== undefined);
  const wrappedKey = new Uint8Array(0);
  const ended = { ...old, wrappedKey, changedAt: 7, era: 2 ** 40 };
  const records = [
    ...ledger.records,
    { ...ended, state: 'destroyed' },
    { ...ended, state: 'removed' },
  ];
  const heads = {
    head: { number: 999_999_999_999, hash: new Uint8Array(32).fill(1) },
    displacedHead: { number: 1, hash: new Uint8Array(32).fill(2) },
  };
  const times = { ownerChanges: 31, ownerChangesSinceMs: 2 ** 40, suspendedAtMs: 0 };
  return { ...ledger, ...heads, ...times, records: records as Ledger['records'] };
}

test('a ledger comes out as it went in, with records in all states', async () => {
  const ledger = await wholeLedger();
  const states = new Set(ledger.records.map(({ state }) => state));
  assert.equal(states.size, RECORD_STATES.length);
  assert.deepEqual(decodeLedger(encodeLedger(ledger)), ledger);
});

test('what is no ledger is damaged', async () => {
  const bytes = encodeLedger(await wholeLedger());
  const wrong = [Uint8Array.from([...bytes, 0]), bytes.with(0, 2)];
  for (let length = 0; length < bytes.length; length++) wrong.push(bytes.slice(0, length));
  for (const damaged of wrong) {
    assert.throws(() => decodeLedger(damaged), { code: 'damaged' });
  }
});
