/** A vault whose limits are not those that it had. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '@holdfast/core/vault-protocol';
import { LocalVault } from './fixture/local-vault.ts';
import { Person } from './fixture/person.ts';
import { LedgerReader } from './ledger-reader.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;

test('a lower guess limit destroys records that nobody asks for any more', async () => {
  await using vault = await LocalVault.open();
  const person = new Person();
  const { recordHash } = await person.setPassword([vault], 'right');
  const { backupId } = await person.owner();
  for (let i = 0; i < 3; i++) await person.guess(vault, recordHash);
  await vault.skip(HOUR_MS);
  assert.equal((await vault.records.read(backupId))?.dueAtMs, null);
  const reader = new LedgerReader(vault);
  assert.equal((await reader.status(backupId))?.state, 'ready');

  await vault.reopen({ limits: { ...DEFAULT_LIMITS, guesses: 3 } });
  assert.equal((await reader.status(backupId))?.state, 'frozen');
  await vault.tend();
  assert.notEqual((await vault.records.read(backupId))?.dueAtMs, null);
  await vault.skip(WEEK_MS);
  const { revision } = (await vault.records.read(backupId)) ?? {};
  const { records = [] } = (await reader.status(backupId)) ?? {};
  assert.deepEqual(
    records.map(({ state }) => state),
    ['destroyed'],
  );
  await person.guess(vault, recordHash);
  assert.equal((await vault.records.read(backupId))?.revision, revision, 'it was written before');
});

test('a higher guess limit takes back what would have fallen due', async () => {
  const limits = { ...DEFAULT_LIMITS, guesses: 3 };
  await using vault = await LocalVault.open({ limits });
  const person = new Person();
  const { recordHash } = await person.setPassword([vault], 'right');
  const { backupId } = await person.owner();
  for (let i = 0; i < 3; i++) await person.guess(vault, recordHash);
  assert.notEqual((await vault.records.read(backupId))?.dueAtMs, null);
  await vault.reopen();
  await vault.skip(HOUR_MS);
  assert.equal((await vault.records.read(backupId))?.dueAtMs, null);
  await vault.skip(WEEK_MS);
  await person.recover([vault], 'right');
});
