/** Passwords changed, checked and removed, where a vault or this device does not do its part. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { SET, sitDown } from './fixture/desk.ts';

const CHANGE = ['password', 'change', '--sheet', 'sheet.txt', '--old-password-file', 'password'];

test('password change that too few vaults have taken says so, and the next run goes on', async (t) => {
  const { sheet, run, runRefused } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const changed = await runRefused('commit', ...CHANGE, '--password-file', 'other');
  assert.equal(changed.status, 1, changed.stderr);
  assert.match(changed.stdout, /^The new password is set, but too few vaults have it yet: /);
  const check = await run('password', 'check', '--sheet', sheet, '--password-file', 'other');
  assert.equal(check.status, 0, check.stderr);
});

test('password change that a vault has not ended the old one for says where it works', async (t) => {
  const { run, runRefused } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const { status, stdout } = await runRefused('retire', ...CHANGE, '--password-file', 'other');
  assert.equal(status, 0);
  assert.match(stdout, /the old one works, too, at http:\/\/127\.0\.0\.1:\d+, until/);
});

test('password remove believes no vault that refuses without a signature', async (t) => {
  const { run, runRefused } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const remove = ['password', 'remove', '--forgotten', '--json'];
  const refused = await runRefused('status', ...remove);
  assert.equal(refused.status, 16, refused.stderr);
  assert.match(refused.stdout, /Cannot tell whether a password is set/);
  assert.equal((await run(...remove)).status, 0);
});

test('a proof that does not arrive is told of, and brought there by the next run', async (t) => {
  const { sheet, run, runRefused } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const check = ['password', 'check', '--sheet', sheet, '--password-file', 'password'];
  const { status, stderr } = await runRefused('proof', ...check);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /has not noted that the guess was right, so it counts as a wrong one/);
  const log = await run('guess-log');
  assert.match(log.stdout, /wrong, made on this device/);
  const next = await run('status');
  assert.doesNotMatch(next.stdout, /until the right one is typed/);
  const after = await run('guess-log');
  assert.doesNotMatch(after.stdout, /wrong, made on this device/);
});

test('a password that this device cannot note works all the same', async (t) => {
  const { sheet, run } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const memory = join(dirname(sheet), 'home', 'state', 'passwords');
  rmSync(memory, { recursive: true });
  writeFileSync(memory, 'no folder');
  const check = ['password', 'check', '--sheet', sheet, '--password-file', 'password'];
  const { status, stdout, stderr } = await run(...check);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^The password is right/);
  assert.match(stderr, /Cannot note on this device that a password was typed/);
});
