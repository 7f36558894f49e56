/** Passwords set and changed, and stopped by the person in the middle. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { SET, sitDown } from './fixture/desk.ts';

test('password set stopped before anything counts leaves no sheet, and can be run again', async (t) => {
  const { sheet, run, runAndStop } = await sitDown(t);
  assert.deepEqual(await runAndStop('stage', ...SET), {
    status: 130,
    stdout: '',
    stderr: 'holdfast: Stopped\n',
  });
  assert.ok(!existsSync(sheet));
  const again = await run(...SET);
  assert.equal(again.status, 0, again.stderr);
});

test('password set stopped after it counts keeps the sheet, which is good', async (t) => {
  const { sheet, run, runAndStop } = await sitDown(t);
  const { status, stderr } = await runAndStop('commit', ...SET);
  assert.equal(status, 130);
  assert.match(stderr, /^holdfast: Stopped: the password may be set already, so keep the sheet\n/);
  assert.ok(existsSync(sheet));
  const again = await run(...SET.with(3, 'other.txt'));
  assert.equal(again.status, 2);
  assert.match(again.stderr, /one is set already/);
  const check = await run('password', 'check', '--sheet', sheet, '--password-file', 'password');
  assert.equal(check.status, 0, check.stderr);
});

test('password change stopped before the old one ends leaves both, until the new one is typed', async (t) => {
  const { sheet, run, runAndStop } = await sitDown(t);
  assert.equal((await run(...SET)).status, 0);
  const check = ['password', 'check', '--sheet', sheet, '--password-file'];
  const none = await run(...check, 'password', '--older');
  assert.equal(none.status, 12);
  assert.match(none.stderr, /Cannot try an older password: the vaults have none/);

  const passwords = ['--old-password-file', 'password', '--password-file', 'other'];
  const change = ['password', 'change', '--sheet', sheet, ...passwords];
  const stopped = await runAndStop('retire', ...change);
  assert.equal(stopped.status, 130);
  assert.match(stopped.stderr, /Stopped: the new password may be set already, beside the old one/);
  const older = await run(...check, 'password', '--older');
  assert.equal(older.status, 0, older.stderr);
  const newer = await run(...check, 'other');
  assert.equal(newer.status, 0, newer.stderr);
  assert.match(newer.stderr, /the one before still works/);
  const ended = await run(...check, 'password', '--older');
  assert.equal(ended.status, 12, ended.stderr);
});
