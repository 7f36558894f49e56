/** Wrapping keys as an operator changes them, with the server as a process of its own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { openSqliteRecords } from '@holdfast/vault/records';
import { letTimePass } from '../fixture/let-time-pass.ts';
import { makePerson } from '../fixture/person.ts';
import { runServer, ServerProcess } from '../fixture/server-process.ts';
import { askIdentity } from '../fixture/vault-caller.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-rotate-'));
const data = join(folder, 'vault');
after(() => rmSync(folder, { recursive: true }));

async function serve<Result>(use: (url: string) => Promise<Result>): Promise<Result> {
  await using server = new ServerProcess(['vault', '--listen', '127.0.0.1:0', '--data', data]);
  const result = await use(await server.url());
  server.signal('SIGTERM');
  assert.equal((await server.ended()).exitCode, 0);
  return result;
}

async function rotate(...options: readonly string[]) {
  return await runServer(['hsm', 'rotate', '--data', data, ...options]);
}

async function copyRecords(name: string): Promise<string> {
  const path = join(folder, name);
  const database = new DatabaseSync(join(data, 'records.sqlite'), { readOnly: true });
  await backup(database, path);
  database.close();
  return path;
}

test('an operator moves on, shows a copy, and what came before is destroyed', async () => {
  const person = await makePerson();
  await serve(async (url) => {
    const identity = await askIdentity(url);
    await person.setPassword([{ identity, url }], 1, 'right');
    const { stdout, exitCode } = await rotate();
    assert.equal(exitCode, 0);
    assert.match(
      stdout,
      /^Wrapping key {4}1, for 0 hours; the next one in (29|30) days\nOlder ones {6}none\nBackups {9}1, of which 0 need an older one\n$/,
    );
    const moved = await rotate('--now');
    assert.match(
      moved.stdout,
      /^Wrapping key {4}2, .*\nOlder ones {6}1\nBackups {9}1, of which 1 /,
    );
    assert.match(moved.stdout, /\n\nThe running vault wraps the others again, 10 minutes after/);
  });
  const early = await copyRecords('early.sqlite');
  const tooEarly = await rotate('--copy', early);
  assert.equal(tooEarly.exitCode, 14);
  assert.match(
    tooEarly.stderr,
    /it was made before all records were wrapped under wrapping key 2, which a running vault does after 10 minutes\. Make a new one then/,
  );

  await letTimePass(data, await openSqliteRecords(join(data, 'records.sqlite')), 14);
  assert.match((await rotate()).stdout, /\n\nMake a copy of the records now, and show it:\n/);
  const own = await rotate('--copy', join(data, 'records.sqlite'));
  assert.equal(own.exitCode, 2);
  assert.match(own.stderr, /as a copy: it is the vault's own file/);
  const none = await rotate('--copy', join(folder, 'none'));
  assert.match(none.stderr, /Cannot use .*none: there is no such file/);
  const foreign = await rotate('--copy', join(data, 'hsm-keys'));
  assert.equal(foreign.exitCode, 13);
  assert.match(foreign.stderr, /Cannot use a copy: it is damaged, or no database\. Make a new one/);
  const both = await rotate('--copy', early, '--now');
  assert.equal(both.exitCode, 2);
  const alone = await rotate('--give-up-damaged');
  assert.equal(alone.exitCode, 2);
  assert.match(alone.stderr, /--give-up-damaged is for a copy, which --copy names/);

  const { stdout, stderr, exitCode } = await rotate('--copy', await copyRecords('good.sqlite'));
  assert.equal(exitCode, 0, stderr);
  assert.match(
    stdout,
    /^The copy is whole, and holds 1 backup\.\nAll wrapping keys before 2 are destroyed/,
  );
  assert.match(stdout, /\nOlder ones {6}none\n/);
  const status = await runServer(['hsm', 'status', '--data', data]);
  assert.match(status.stdout, /Wrapping keys {2}2 and all that follow\n/);
  await serve(async (url) => {
    const identity = await askIdentity(url);
    await person.recover([{ identity, url }], 1, 'right');
  });
});
