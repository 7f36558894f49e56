/** A password at three running vaults, from its setting to what wrong ones cost. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { toHex } from '@holdfast/core/bytes';
import type { HoldfastError } from '@holdfast/core/errors';
import { makePerson, type Person, type VaultPlace } from '../fixture/person.ts';
import { runServer, ServerProcess } from '../fixture/server-process.ts';
import { askIdentity } from '../fixture/vault-caller.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-recovery-'));
const T = 2;
let servers: ServerProcess[];
let places: VaultPlace[];
let person: Person;

function dataOf(index: number): string {
  return join(folder, `vault-${index}`);
}

function start(index: number): ServerProcess {
  const limits = ['--requests-per-address', '0', '--tokens-per-address', '0'];
  return new ServerProcess([
    'vault',
    ...['--listen', '127.0.0.1:0', '--data', dataOf(index), '--requests-per-account', '0'],
    ...limits,
  ]);
}

async function placeOf(server: ServerProcess): Promise<VaultPlace> {
  const url = await server.url();
  return { url, identity: await askIdentity(url) };
}

async function guessWrong(): Promise<HoldfastError> {
  try {
    await person.recover(places, T, 'wrong');
  } catch (error) {
    return error as HoldfastError;
  }
  throw new Error('a wrong password was taken');
}

before(async () => {
  servers = [0, 1, 2].map(start);
  places = await Promise.all(servers.map(placeOf));
  person = await makePerson();
});

after(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true });
});

test('a password is set at three vaults, live at once', async () => {
  const { vaults } = await person.setPassword(places, T, 'right');
  assert.deepEqual(
    vaults.map(({ state }) => state),
    ['live', 'live', 'live'],
  );
});

test('it brings the key back, and costs no guess', async () => {
  const { owner, vaults } = await person.recover(places, T, 'right');
  assert.deepEqual(owner.backupId, person.backupId);
  for (const { status, isProved } of vaults) {
    assert.ok(isProved);
    assert.equal(status?.guessesLeft, 10);
  }
});

test('with one vault killed it still does, and the vault comes back as it was', async () => {
  servers[2]?.signal('SIGKILL');
  await servers[2]?.ended();
  const { vaults } = await person.recover(places, T, 'right');
  assert.deepEqual(
    vaults.map(({ isProved }) => isProved),
    [true, true, false],
  );
  servers[2] = start(2);
  places[2] = await placeOf(servers[2]);
  const again = await person.recover(places, T, 'right');
  assert.ok(again.vaults.every(({ isProved }) => isProved));
});

test('wrong ones are counted, and the right one clears them', async () => {
  for (const _ of [1, 2, 3]) assert.equal((await guessWrong()).code, 'wrong-password');
  const shown = await runServer(['admin', 'show', toHex(person.backupId), '--data', dataOf(0)]);
  assert.match(shown.stdout, /^State {11}ready\nGuesses left {4}7, of its life 97\n/);
  assert.match(shown.stdout, /^Record 1 {8}live, 3 wrong guesses$/m);
  await person.recover(places, T, 'right');
  const cleared = await runServer(['admin', 'show', toHex(person.backupId), '--data', dataOf(0)]);
  assert.match(cleared.stdout, /Guesses left {4}10, of its life 97\n/);
});

test('a vault that suspends it takes no guess, loses none, and says so', async () => {
  const admin = (word: string, index = 0) =>
    runServer(['admin', word, toHex(person.backupId), '--data', dataOf(index)]);
  for (const _ of ['first', 'again']) {
    const { stdout, stderr, exitCode } = await admin('suspend');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^No guess at this backup is taken until it is resumed\n$/);
  }
  assert.match((await admin('show')).stdout, /^State {11}suspended\nGuesses left {4}10, /);
  const { vaults } = await person.recover(places, T, 'right');
  assert.deepEqual(
    vaults.map(({ status }) => status?.state),
    ['suspended', 'ready', 'ready'],
  );
  await admin('suspend', 1);
  await assert.rejects(person.recover(places, T, 'right'), {
    code: 'locked-out',
    message: /whoever runs these vaults has suspended it: http/,
  });
  for (const index of [0, 1]) assert.equal((await admin('resume', index)).exitCode, 0);
  assert.match((await admin('show')).stdout, /^State {11}ready\nGuesses left {4}10, /);
  const again = await person.recover(places, T, 'right');
  assert.ok(again.vaults.every(({ isProved }) => isProved));
  const other = await runServer(['admin', 'suspend', '00'.repeat(32), '--data', dataOf(0)]);
  assert.equal(other.exitCode, 13);
});

test('after the fourth in a row even the right one has to wait, also when the vaults were killed', async () => {
  for (const _ of [1, 2, 3, 4]) assert.equal((await guessWrong()).code, 'wrong-password');
  assert.equal((await guessWrong()).code, 'locked-out');
  for (const server of servers) server.signal('SIGKILL');
  await Promise.all(servers.map((server) => server.ended()));
  servers = [0, 1, 2].map(start);
  places = await Promise.all(servers.map(placeOf));
  await assert.rejects(person.recover(places, T, 'right'), { code: 'locked-out' });
  const shown = await runServer(['admin', 'show', toHex(person.backupId), '--data', dataOf(1)]);
  assert.match(
    shown.stdout,
    /^State {11}delayed\nGuesses left {4}6,.*\nFor another {5}0 h [12] min\n/,
  );
});

test('admin counts backups by how they stand, and admin show knows no other', async () => {
  const counts = await runServer(['admin', 'counts', '--data', dataOf(1)]);
  assert.equal(counts.exitCode, 0, counts.stderr);
  assert.match(counts.stdout, /^Backups {9}1\n {2}ready {9}0\n {2}delayed {7}1\n/);
  const other = await runServer(['admin', 'show', '00'.repeat(32), '--data', dataOf(1)]);
  assert.equal(other.exitCode, 13);
  assert.match(other.stderr, /this vault holds none such/);
  const none = await runServer(['admin', 'counts', '--data', join(folder, 'none')]);
  assert.equal(none.exitCode, 1);
  assert.match(none.stderr, /Cannot look at a vault: there is none in .*none/);
  const bad = await runServer(['admin', 'show', 'x', '--data', dataOf(1)]);
  assert.equal(bad.exitCode, 2);
});
