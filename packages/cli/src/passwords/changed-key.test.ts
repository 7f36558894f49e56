/** The root key changed while a password is set, or waits, and while nobody can tell. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { SET, sitDown } from './fixture/desk.ts';

const ROTATE = ['key', 'rotate', '--root', '--key-out', 'new.txt'];

test('key rotate --root takes no unsigned word for it that there is no password', async (t) => {
  const { sheet, run, runRefused } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const typed = ['--sheet', sheet, '--password-file', 'password'];
  const refused = await runRefused('status', ...ROTATE);
  assert.equal(refused.status, 16, refused.stderr);
  assert.match(refused.stderr, /does not tell whether it has a password/);
  assert.ok(!existsSync(join(dirname(sheet), 'new.txt')));
  const done = await run(...ROTATE, ...typed);
  assert.equal(done.status, 0, done.stderr);
});

test('key rotate --root ends a password that waits, and says so', async (t) => {
  const { sheet, run } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const forgotten = ['password', 'change', '--forgotten', '--new-sheet', 'other.txt'];
  assert.equal((await run(...forgotten, '--password-file', 'other')).status, 0);
  const { status, stdout, stderr } = await run(
    ...[...ROTATE, '--sheet', sheet, '--password-file', 'password'],
  );
  assert.equal(status, 0, stderr);
  assert.match(stderr, /Another password was to take effect: the change of the key ends that/);
  assert.match(stdout, /The password goes on working, with the same recovery sheet/);
  const facts = await run('status', '--json');
  assert.match(facts.stdout, /"changeInMs":0/);
  const check = await run('password', 'check', '--sheet', sheet, '--password-file', 'password');
  assert.equal(check.status, 0, check.stderr);
});
