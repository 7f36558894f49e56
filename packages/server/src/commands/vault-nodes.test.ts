/** Several nodes of one vault: the same keys on each, and their records in PostgreSQL. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type PostgresQuorum,
  postgresMissing,
  startPostgresQuorum,
} from '@holdfast/testing/engines';
import { openPostgresRecords } from '@holdfast/vault/records/postgres';
import { letTimePass } from '../fixture/let-time-pass.ts';
import { runServer, ServerProcess } from '../fixture/server-process.ts';
import { askIdentity, askToken, VaultCaller } from '../fixture/vault-caller.ts';

describe('holdfast-server vault on PostgreSQL', { skip: postgresMissing() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-nodes-'));
  const urlsFile = join(folder, 'urls');
  const nodes = ['a', 'b'].map((name) => {
    const args = ['vault', '--listen', '127.0.0.1:0', '--data', join(folder, name)];
    return [...args, '--postgres-urls-file', urlsFile];
  });
  let quorum: PostgresQuorum;

  before(async () => {
    quorum = await startPostgresQuorum();
    await quorum.sql('n1', 'CREATE DATABASE vault');
    writeFileSync(urlsFile, `${quorum.urlsOf('vault').join('\n')}\n`, { mode: 0o600 });
  });
  after(async () => {
    await quorum?.stop();
    rmSync(folder, { recursive: true });
  });

  test('a node without keys does not start, and makes none', async () => {
    const [args = []] = nodes;
    for (const _ of [1, 2]) {
      const { exitCode, stderr } = await runServer(args);
      assert.equal(exitCode, 1);
      assert.match(
        stderr,
        /Cannot start: there are no keys in .*\/a\n +Make them with "holdfast-server hsm init"/,
      );
    }
  });

  test('nodes are one vault: what one was told the other knows, and a token is good once', async () => {
    const [a = [], b = []] = nodes;
    const made = await runServer(['hsm', 'init', '--data', join(folder, 'a')]);
    assert.equal(made.exitCode, 0, made.stderr);
    cpSync(join(folder, 'a'), join(folder, 'b'), { recursive: true });
    await using first = new ServerProcess(a);
    await using second = new ServerProcess(b);
    const [firstUrl, secondUrl] = await Promise.all([first.url(), second.url()]);
    const identity = await askIdentity(firstUrl);
    assert.deepEqual(await askIdentity(secondUrl), identity);

    const token = await askToken(firstUrl, '5e'.repeat(32));
    const caller = new VaultCaller(secondUrl, identity);
    assert.equal((await caller.enrol(token)).outcome, 'done');
    assert.equal((await caller.at(firstUrl).status()).status.log.number, 1);
    const other = new VaultCaller(firstUrl, identity);
    await assert.rejects(other.enrol(token), /status 409/);

    for (const server of [first, second]) {
      server.signal('SIGTERM');
      const { exitCode, stderr } = await server.ended();
      assert.equal(exitCode, 0, stderr);
    }
  });

  test('wrapping keys end when a restored copy is shown, on each node', async () => {
    const rotate = (name: string, ...options: string[]) => {
      const place = ['--data', join(folder, name), '--postgres-urls-file', urlsFile];
      return runServer(['hsm', 'rotate', ...place, ...options]);
    };
    const copyFile = join(folder, 'copy');
    const address = (database: string) => `${quorum.urlsOf(database)[0]}\n`;
    assert.match((await rotate('a', '--now')).stdout, /^Wrapping key {4}2, /);
    const urls = quorum.urlsOf('vault');
    await letTimePass(join(folder, 'b'), await openPostgresRecords({ urls }), 14);
    writeFileSync(copyFile, address('vault'), { mode: 0o600 });
    const own = await rotate('a', '--copy', copyFile);
    assert.equal(own.exitCode, 2);
    assert.match(own.stderr, /Cannot use a copy: it is the vault's database itself/);
    await quorum.sql('n1', 'CREATE DATABASE restored TEMPLATE vault');
    writeFileSync(copyFile, address('restored'), { mode: 0o600 });
    const { exitCode, stdout, stderr } = await rotate('a', '--copy', copyFile);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^The copy is whole, and holds 1 backup\.\n/);
    const firstKey = async (name: string) => {
      const status = await runServer(['hsm', 'status', '--data', join(folder, name)]);
      return /Wrapping keys {2}(\d+)/.exec(status.stdout)?.[1];
    };
    assert.deepEqual([await firstKey('a'), await firstKey('b')], ['2', '1']);
    await letTimePass(join(folder, 'b'), await openPostgresRecords({ urls }), 2);
    assert.equal(await firstKey('b'), '2');
  });

  test('a vault with other keys does not take the database for its own', async () => {
    const data = join(folder, 'stranger');
    await runServer(['hsm', 'init', '--data', data]);
    const args = ['vault', '--listen', '127.0.0.1:0', '--data', data];
    const { exitCode, stderr } = await runServer([...args, '--postgres-urls-file', urlsFile]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /Cannot use the vault's database: .* of another HSM/);
  });

  test('a database that could lose a commit is refused, and so is one that is not there', async () => {
    const [args = []] = nodes;
    await quorum.sql('n1', "ALTER SYSTEM SET synchronous_standby_names = ''");
    await quorum.sql('n1', 'SELECT pg_reload_conf()');
    const unsafe = await runServer(args);
    assert.equal(unsafe.exitCode, 1);
    assert.match(
      unsafe.stderr,
      /\n +docs\/running-a-vault\.md says how to set it up; --single-node/,
    );
    const env = { HOLDFAST_VAULT_POSTGRES_URLS: 'postgres://u:hunter2@127.0.0.1:1/vault' };
    const gone = await runServer(args.slice(0, -2), env);
    assert.equal(gone.exitCode, 16);
    assert.doesNotMatch(gone.stderr, /hunter2/);
  });
});

test('--single-node is about PostgreSQL', async () => {
  const { exitCode, stderr } = await runServer(['vault', '--single-node']);
  assert.equal(exitCode, 2);
  assert.match(stderr, /Cannot use --single-node: it is about PostgreSQL/);
});
