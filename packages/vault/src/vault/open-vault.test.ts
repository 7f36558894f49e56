/** The vault over a software HSM and SQLite: what it keeps, what it answers, and what it never gives away. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import {
  type AnswerBody,
  DEFAULT_LIMITS,
  type LogEnd,
  stretchPassword,
} from '@holdfast/core/vault-protocol';
import { openSqliteRecords, type RecordStore } from '../records/index.ts';
import { LocalVault } from './fixture/local-vault.ts';
import { Person } from './fixture/person.ts';

const HOUR_MS = 3600 * 1000;

test('a password set at a vault brings the root key back', async () => {
  await using vault = await LocalVault.open();
  const person = new Person();
  const { vaults } = await person.setPassword([vault], 'correct horse');
  assert.deepEqual(
    vaults.map(({ state }) => state),
    ['live'],
  );
  await assert.rejects(person.recover([vault], 'wrong'), { code: 'wrong-password' });
  const { owner } = await person.recover([vault], 'correct horse');
  assert.ok(owner.rootKey.equals(person.rootKey));
});

test('of a hundred guesses at once, four are taken; of all there ever are, ten', async () => {
  await using vault = await LocalVault.open();
  const person = new Person();
  const { recordHash } = await person.setPassword([vault], 'correct horse');
  let evaluated = 0;
  const states: string[] = [];
  for (let round = 0; round < 9; round++) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => person.guess(vault, recordHash)),
    );
    evaluated += answers.filter(({ outcome }) => outcome === 'done').length;
    states.push((answers.at(-1) as (typeof answers)[number]).outcome);
    await vault.wait(12 * HOUR_MS);
  }
  assert.equal(evaluated, 10);
  assert.deepEqual(states, ['delayed', ...Array(5).fill('delayed'), 'frozen', 'frozen', 'frozen']);
  await assert.rejects(person.recover([vault], 'correct horse'), { code: 'locked-out' });
  await vault.wait(7 * 24 * HOUR_MS);
  assert.equal((await person.guess(vault, recordHash)).outcome, 'not-evaluable');
});

test('who steals the database without the HSM has none of the secrets', async () => {
  await using vault = await LocalVault.open();
  const person = new Person(stretchPassword);
  await person.setPassword([vault], 'a password nobody else has');
  const { proofSeed, record } = await person.recover([vault], 'a password nobody else has');
  const { salt, argon2id } = record.body;
  const utf8 = new TextEncoder();
  const stretched = await stretchPassword(nodeCrypto, 'a password nobody else has', salt, argon2id);
  const { ownerSeed } = await person.owner();
  const secrets: Readonly<Record<string, Uint8Array>> = {
    password: utf8.encode('a password nobody else has'),
    stretched: stretched.bytes(),
    rootKey: person.rootKey.bytes(),
    ownerSeed: ownerSeed.bytes(),
    proofSeed: proofSeed.bytes(),
    account: person.account,
    seal: await readFile(join(vault.folder, 'seal')),
  };
  const stolen = await databaseOf(vault);
  for (const [name, secret] of Object.entries(secrets)) {
    for (const form of formsOf(secret)) {
      assert.equal(stolen.includes(form), false, `${name} is in the database`);
    }
  }
  // What must be there is found by the same search: the record, which stores have too.
  assert.ok(formsOf(record.object.subarray(0, 200)).some((form) => stolen.includes(form)));
});

test('a database that was set back gives the limit again, no more, and the log tells', async () => {
  await using vault = await LocalVault.open({ limits: { ...DEFAULT_LIMITS, guesses: 3 } });
  const person = new Person();
  const { recordHash } = await person.setPassword([vault], 'correct horse');
  const older = await vault.copy('older.sqlite');
  const guessAll = async (): Promise<{ taken: number; seen: LogEnd }> => {
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await person.guess(vault, recordHash));
    assert.equal(answers.at(-1)?.outcome, 'frozen');
    const taken = answers.filter(({ outcome }) => outcome === 'done').length;
    return { taken, seen: (answers[taken - 1] as AnswerBody).status.log };
  };
  const first = await guessAll();
  await using records = await setBack(older);
  await vault.reopen({ records, limits: { ...DEFAULT_LIMITS, guesses: 3 } });
  const { log } = (await person.guess(vault, recordHash)).status;
  assert.ok(log.number < first.seen.number);
  const second = await guessAll();
  assert.deepEqual([first.taken, second.taken], [3, 2]);
  assert.equal(second.seen.number, first.seen.number);
  assert.notDeepEqual(second.seen.hash, first.seen.hash);
});

async function setBack(path: string): Promise<RecordStore & AsyncDisposable> {
  const records = await openSqliteRecords(path);
  return Object.assign(records, { [Symbol.asyncDispose]: async () => await records.close() });
}

async function databaseOf({ folder }: LocalVault): Promise<Buffer> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('records.'));
  assert.ok(names.length > 0);
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name)))));
}

/** As it is, as text, and the core of it compressed. */
function formsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  const texts = [bytes.toString('hex'), bytes.toString('hex').toUpperCase()];
  // Base64 depends on where a secret begins.
  for (let shift = 0; shift < 3; shift++) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const whole = shifted.toString('base64').replaceAll('=', '');
    texts.push(whole.slice(2 * shift, -2), whole.slice(2 * shift, -2).replaceAll('+', '-'));
  }
  return [bytes, ...texts.map((text) => Buffer.from(text)), gzipSync(bytes).subarray(10, -8)];
}

test('a vault whose database was changed, or is of another HSM, answers nothing of it', async () => {
  await using vault = await LocalVault.open();
  await using other = await LocalVault.open();
  const person = new Person();
  const { recordHash } = await person.setPassword([vault], 'correct horse');
  const { backupId } = await person.owner();
  const stored = await vault.records.read(backupId);
  assert.ok(stored !== null);
  const { revision, sealed } = stored;
  const changed = sealed.slice();
  changed[100] = (changed[100] as number) ^ 1;
  for (const [store, change] of [
    [vault, { expectedRevision: revision, sealed: changed }],
    [other, { expectedRevision: null, sealed }],
  ] as const) {
    await store.records.commit({ ledgerId: backupId, dueAtMs: null, ...change });
    await assert.rejects(person.guess(store, recordHash), { code: 'internal' });
  }
});

test('ledgers that are damaged keep no other from being destroyed, and are told of', async () => {
  await using vault = await LocalVault.open({ limits: { ...DEFAULT_LIMITS, guesses: 3 } });
  const person = new Person();
  const { recordHash } = await person.setPassword([vault], 'correct horse');
  for (let i = 0; i < 3; i++) await person.guess(vault, recordHash);
  // More than one sweep lists, and due before.
  for (let i = 0; i < 101; i++) {
    const ledgerId = nodeCrypto.randomBytes(32);
    const change = { ledgerId, expectedRevision: null, sealed: nodeCrypto.randomBytes(200) };
    await vault.records.commit({ ...change, dueAtMs: 0 });
  }
  await vault.wait(4 * 60 * 1000);
  assert.equal(vault.damagedLedgers, 101);
  await vault.skip(7 * 24 * HOUR_MS);
  assert.equal(vault.damagedLedgers, 101);
  assert.equal((await person.guess(vault, recordHash)).outcome, 'not-evaluable');
});
