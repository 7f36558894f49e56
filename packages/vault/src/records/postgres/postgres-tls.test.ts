/** PostgreSQL over TLS, with certificates of a test's own authority on both sides. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type PostgresQuorum,
  postgresMissing,
  startPostgresQuorum,
} from '@holdfast/testing/engines';
import { sampleChange } from '../fixture/sample-change.ts';
import { openPostgresRecords } from './postgres-records.ts';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

function opensslMissing(): string | false {
  return spawnSync('openssl', ['version']).error ? 'NOT RUN: openssl is not installed' : false;
}

describe('PostgreSQL over TLS', { skip: postgresMissing() || opensslMissing() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
  const file = (name: string): string => join(folder, name);
  let quorum: PostgresQuorum;
  let port: string;

  before(async () => {
    for (const name of ['authority', 'stranger']) make(name, `/CN=${name}`);
    make('server', '/CN=db', 'authority', 'subjectAltName=DNS:localhost');
    make('vault', '/CN=vault', 'authority');
    make('other', '/CN=other', 'authority');
    quorum = await startPostgresQuorum();
    ({ port } = new URL(quorum.urlsOf('x')[0] as string));
    await quorum.sql('n1', 'CREATE USER vault');
    await quorum.sql('n1', 'CREATE DATABASE vault OWNER vault');
    await put('server.pem', 'server.crt');
    await put('server.key', 'server.key');
    await put('authority.pem', 'root.crt');
    const rule = 'hostssl vault vault 127.0.0.1/32 cert';
    await run(`sed -i "1i ${rule}" pg_hba.conf`);
    for (const setting of ["ssl_ca_file = 'root.crt'", 'ssl = on']) {
      await quorum.sql('n1', `ALTER SYSTEM SET ${setting}`);
    }
    await quorum.sql('n1', 'SELECT pg_reload_conf()');
  });
  after(async () => {
    await quorum?.stop();
    rmSync(folder, { recursive: true });
  });

  /** A key and its certificate, of an authority or of itself. */
  function make(name: string, subject: string, authority?: string, extension?: string): void {
    const by =
      authority === undefined
        ? []
        : ['-CA', file(`${authority}.pem`), '-CAkey', file(`${authority}.key`)];
    const more = extension === undefined ? [] : ['-addext', extension];
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)];
    const args = ['req', '-x509', ...NEW_KEY, ...out, '-subj', subject, ...by, ...more];
    execFileSync('openssl', args, { stdio: 'pipe' });
  }

  /** Runs a shell command where the server keeps its data, as its user. */
  async function run(command: string, input = ''): Promise<void> {
    await quorum.sql('n1', `COPY (SELECT '${input}') TO PROGRAM '${command}'`);
  }

  async function put(name: string, as: string): Promise<void> {
    await run(`umask 077; base64 -d > ${as}`, readFileSync(file(name)).toString('base64'));
  }

  function urlOf(settings: Readonly<Record<string, string>>, host = 'localhost'): string {
    const url = new URL(`postgres://vault@${host}:${port}/vault`);
    for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
    return url.href;
  }

  const ours = { sslmode: 'verify-full', sslrootcert: file('authority.pem') };
  const withKey = (name: string) => ({ sslcert: file(`${name}.pem`), sslkey: file(`${name}.key`) });

  test('a vault that has a certificate, and trusts the authority of the server, uses it', async () => {
    const records = await openPostgresRecords({ urls: [urlOf({ ...ours, ...withKey('vault') })] });
    assert.equal(await records.commit(sampleChange()), 'committed');
    const isEncrypted = await quorum.sql(
      'n1',
      "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'holdfast-vault'",
    );
    assert.equal(isEncrypted, 't');
    await records.close();
  });

  for (const [name, url] of [
    [
      'of another authority',
      () => urlOf({ ...ours, ...withKey('vault'), sslrootcert: file('stranger.pem') }),
    ],
    ['of another name', () => urlOf({ ...ours, ...withKey('vault') }, '127.0.0.1')],
    [
      'of an authority that nobody knows',
      () => urlOf({ sslmode: 'verify-full', ...withKey('vault') }),
    ],
  ] as const) {
    test(`a server with a certificate ${name} is not used`, async () => {
      await assert.rejects(openPostgresRecords({ urls: [url()], timeoutMs: 2000 }), {
        code: 'store-denied',
        message: /certificate is not one that this vault trusts/,
      });
    });
  }

  test('a vault without a certificate, or with that of another, is refused by the server', async () => {
    for (const settings of [ours, { ...ours, ...withKey('other') }]) {
      await assert.rejects(openPostgresRecords({ urls: [urlOf(settings)], timeoutMs: 2000 }), {
        code: 'store-denied',
        message: /PostgreSQL refuses the user or the password/,
      });
    }
  });
});
