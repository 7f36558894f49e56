import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { vaultFingerprint } from '@holdfast/core/vault-protocol';
import { printedFingerprint, runServer, ServerProcess } from '../fixture/server-process.ts';
import { askIdentity, askToken, VaultCaller } from '../fixture/vault-caller.ts';

const TLS_FOLDER = join(import.meta.dirname, '../fixture/tls');
const FREE_PORT = ['--listen', '127.0.0.1:0'];
const SECRET = '5e'.repeat(32);

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-server-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function stopped(server: ServerProcess): Promise<void> {
  server.signal('SIGTERM');
  const { exitCode, stderr } = await server.ended();
  assert.equal(exitCode, 0, stderr);
}

test('without any setting a vault serves, and after a restart is the same with all it knew', async (context) => {
  const home = makeFolder(context);
  const env = { XDG_DATA_HOME: home, STATE_DIRECTORY: join(home, 'vault') };
  const port = ['--listen', '127.0.0.1:0'];
  let caller: VaultCaller;
  let fingerprint: string;
  {
    await using server = new ServerProcess(['vault', ...port], env);
    const url = await server.url();
    assert.match(server.stdout, /^Made the keys of a new vault in .*\/vault\n/);
    const identity = await askIdentity(url);
    fingerprint = await vaultFingerprint(nodeCrypto, identity);
    assert.equal(printedFingerprint(server), fingerprint);
    caller = new VaultCaller(url, identity);
    const { outcome, status } = await caller.enrol(await askToken(url, SECRET));
    assert.equal(outcome, 'done');
    assert.equal(status.log.number, 1);
    await stopped(server);
  }
  const files = readdirSync(join(home, 'vault'));
  for (const file of files) assert.equal(statSync(join(home, 'vault', file)).mode & 0o077, 0, file);
  {
    await using server = new ServerProcess(['vault', ...port], env);
    const url = await server.url();
    assert.doesNotMatch(server.stdout, /new vault/);
    assert.equal(printedFingerprint(server), fingerprint);
    const { status } = await caller.at(url).status();
    assert.equal(status.log.number, 1);
    await stopped(server);
  }
});

test('the log says nothing of what requests are about, and as much of addresses as it may', async (context) => {
  const secrets: string[] = [SECRET];
  const logs: Record<string, string> = {};
  for (const how of ['off', 'truncated', 'full']) {
    const data = join(makeFolder(context), 'vault');
    const args = ['vault', ...FREE_PORT, '--data', data, '--log-level', 'debug'];
    await using server = new ServerProcess([...args, '--log-addresses', how]);
    const url = await server.url();
    const identity = await askIdentity(url);
    const caller = new VaultCaller(url, identity);
    const token = await askToken(url, SECRET);
    await caller.enrol(token);
    await fetch(`${url}/v1/guess`, { method: 'POST', body: 'GARBAGE' });
    await stopped(server);
    secrets.push(token, toHex(await caller.backupId()), toHex(caller.ownerPublicKey), 'GARBAGE');
    logs[how] = server.stderr;
    const lines = server.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.flatMap(({ kind }) => kind ?? []),
      ['hello', 'token', 'enrol', 'guess'],
    );
  }
  for (const log of Object.values(logs)) {
    for (const secret of secrets) assert.doesNotMatch(log, new RegExp(secret.slice(0, 20), 'i'));
  }
  assert.doesNotMatch(logs.off ?? '', /"address"/);
  assert.match(logs.truncated ?? '', /"address":"127\.0\.0\.0"/);
  assert.match(logs.full ?? '', /"address":"127\.0\.0\.1"/);
});

test('metrics are served apart, and count kinds and codes alone', async (context) => {
  const data = join(makeFolder(context), 'vault');
  const args = ['vault', ...FREE_PORT, '--data', data, '--metrics', '127.0.0.1:0'];
  await using server = new ServerProcess(args);
  const url = await server.url();
  await askIdentity(url);
  await fetch(`${url}/v1/guess`, { method: 'POST', body: 'x' });
  const [, metricsUrl = ''] = await server.printed(/^Metrics +(\S+)/m);
  const text = await (await fetch(metricsUrl)).text();
  assert.match(text, /holdfast_vault_requests_total\{kind="hello",code="ok"\} 1\n/);
  assert.match(text, /holdfast_vault_requests_total\{kind="guess",code="damaged"\} 1\n/);
  assert.match(text, /holdfast_vault_connections \d/);
  assert.equal((await fetch(`${url}/metrics`)).status, 404);
  assert.equal((await fetch(metricsUrl.replace('/metrics', '/'))).status, 404);
  await stopped(server);
});

test('the second signal ends it at once', async (context) => {
  const data = join(makeFolder(context), 'vault');
  await using server = new ServerProcess(['vault', ...FREE_PORT, '--data', data]);
  const { port } = new URL(await server.url());
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {
    // Cut off.
  });
  await once(socket, 'connect');
  socket.write('POST /v1/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n');
  await fetch(`http://127.0.0.1:${port}/health`);
  server.signal('SIGTERM');
  await server.printed(/"stopping"/);
  server.signal('SIGTERM');
  assert.equal((await server.ended()).exitCode, 143);
  socket.destroy();
});

async function peerName(port: number): Promise<string> {
  const socket: TLSSocket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

test('it does TLS itself, and takes a renewed certificate at SIGHUP but no broken one', async (context) => {
  const folder = makeFolder(context);
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const copy = (name: string): void => {
    copyFileSync(join(TLS_FOLDER, `${name}-certificate.pem`), certificate);
    copyFileSync(join(TLS_FOLDER, `${name}-key.pem`), key);
    chmodSync(key, 0o600);
  };
  copy('first');
  const args = ['vault', ...FREE_PORT, '--data', join(folder, 'vault')];
  args.push('--tls-certificate', certificate, '--tls-key', key);
  await using server = new ServerProcess(args);
  const url = new URL(await server.url());
  assert.equal(url.protocol, 'https:');
  assert.match(await peerName(Number(url.port)), /^first /);
  copy('second');
  server.signal('SIGHUP');
  await server.printed(/read anew/);
  assert.match(await peerName(Number(url.port)), /^second /);
  writeFileSync(certificate, 'no certificate');
  server.signal('SIGHUP');
  await server.printed(/stay as they were/);
  assert.match(await peerName(Number(url.port)), /^second /);
  await stopped(server);
});

test('keys that do not fit, or that everybody can read, are refused', async (context) => {
  const folder = makeFolder(context);
  const key = join(folder, 'key.pem');
  copyFileSync(join(TLS_FOLDER, 'second-key.pem'), key);
  const certificate = join(TLS_FOLDER, 'first-certificate.pem');
  const args = ['vault', ...FREE_PORT, '--data', join(folder, 'vault')];
  args.push('--tls-certificate', certificate, '--tls-key', key);
  chmodSync(key, 0o644);
  const open = await runServer(args);
  assert.equal(open.exitCode, 2);
  assert.match(
    open.stderr,
    /Cannot use .*key\.pem: everybody on this machine can read it\n +Run: chmod 600/,
  );
  chmodSync(key, 0o600);
  const other = await runServer(args);
  assert.equal(other.exitCode, 2);
  assert.match(other.stderr, /it is not the private key of .*first-certificate\.pem/);
  const half = await runServer([...args.slice(0, -2)]);
  assert.match(half.stderr, /Cannot use TLS: --tls-key is missing/);
});

test('others can not reach it without TLS', async (context) => {
  const data = join(makeFolder(context), 'vault');
  for (const host of ['0.0.0.0', '[::]', '192.0.2.1', '127.0.0.1.example.org']) {
    const { exitCode, stderr } = await runServer([
      'vault',
      '--data',
      data,
      '--listen',
      `${host}:0`,
    ]);
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /others would reach it without TLS\n +Set --tls-certificate and --tls-key/,
    );
  }
});

test('a port that is taken is said', async (context) => {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  context.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const data = join(makeFolder(context), 'vault');
  const args = ['vault', '--data', data, '--listen', `127.0.0.1:${port}`];
  const { exitCode, stdout, stderr } = await runServer(args);
  assert.equal(exitCode, 1);
  assert.doesNotMatch(stdout, /Address/);
  assert.equal(
    stderr,
    `holdfast-server: Cannot listen on 127.0.0.1:${port}: another program listens there\n` +
      '                 Choose another address and port.\n',
  );
});

test('a data folder that can not be used is said', async (context) => {
  const folder = makeFolder(context);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const data of [file, join(file, 'vault')]) {
    const { exitCode, stderr } = await runServer(['vault', ...FREE_PORT, '--data', data]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^holdfast-server: Cannot use the data folder .*file/);
    assert.match(stderr, /\n +Name another one with --data/);
  }
});

test('a vault whose keys are gone makes no new ones beside its records', async (context) => {
  const data = join(makeFolder(context), 'vault');
  const args = ['vault', ...FREE_PORT, '--data', data];
  {
    await using server = new ServerProcess(args);
    await server.url();
    await stopped(server);
  }
  unlinkSync(join(data, 'hsm-keys'));
  const { exitCode, stderr } = await runServer(args);
  assert.equal(exitCode, 1);
  assert.match(stderr, /Cannot make new keys: .* holds records of others, and .*hsm-keys is gone/);
  assert.match(stderr, /Put hsm-keys and hsm-seal back from their copy/);
  assert.deepEqual(readdirSync(data).includes('hsm-keys'), false);
});

test('keys that others can read are refused', async (context) => {
  const data = join(makeFolder(context), 'vault');
  const made = await runServer(['hsm', 'init', '--data', data]);
  assert.equal(made.exitCode, 0);
  for (const name of ['hsm-keys', 'hsm-seal']) {
    chmodSync(join(data, name), 0o640);
    const { exitCode, stderr } = await runServer(['vault', ...FREE_PORT, '--data', data]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /others can read .*chmod 600/);
    chmodSync(join(data, name), 0o600);
  }
});

test('hsm init makes what the vault then is, and hsm status shows it', async (context) => {
  const folder = makeFolder(context);
  const data = join(folder, 'vault');
  const env = { HOLDFAST_VAULT_HSM_PASSPHRASE: 'correct horse' };
  const made = await runServer(['hsm', 'init', '--data', data], env);
  assert.equal(made.exitCode, 0, made.stderr);
  assert.deepEqual(readdirSync(data), ['hsm-keys']);
  const again = await runServer(['hsm', 'init', '--data', data], env);
  assert.equal(again.exitCode, 1);
  assert.match(
    again.stderr,
    /Cannot make new keys: .*hsm-keys is there already\n +For another vault/,
  );
  const status = await runServer(['hsm', 'status', '--data', data], env);
  assert.equal(printedFingerprint(status), printedFingerprint(made));
  assert.match(status.stdout, /Wrapping keys {2}1 and all that follow\n/);
  const passphraseFile = join(folder, 'passphrase');
  writeFileSync(passphraseFile, 'correct horse\n', { mode: 0o600 });
  const args = ['vault', ...FREE_PORT, '--data', data, '--hsm-passphrase-file', passphraseFile];
  await using server = new ServerProcess(args);
  await server.url();
  assert.equal(printedFingerprint(server), printedFingerprint(made));
  await stopped(server);
  const beside = await runServer(['hsm', 'init', '--data', data], env);
  assert.match(beside.stderr, /hsm-keys is there already/);
  writeFileSync(passphraseFile, 'wrong horse\n');
  const wrong = await runServer(args);
  assert.equal(wrong.exitCode, 1);
  assert.doesNotMatch(wrong.stderr + wrong.stdout, /horse/);
});

test('hsm status makes nothing', async (context) => {
  const data = join(makeFolder(context), 'vault');
  const { exitCode } = await runServer(['hsm', 'status', '--data', data]);
  assert.equal(exitCode, 1);
  assert.throws(() => statSync(data), { code: 'ENOENT' });
});

test('a wrong setting stops it before anything is made', async (context) => {
  const folder = makeFolder(context);
  const data = join(folder, 'vault');
  const config = join(folder, 'vault.json');
  writeFileSync(config, JSON.stringify({ data, guessLimt: 5 }));
  const { exitCode, stderr } = await runServer(['vault', '--config', config]);
  assert.equal(exitCode, 2);
  assert.match(stderr, /there is no setting "guessLimt"\n +Did you mean "guessLimit"\?/);
  const limits = ['--guess-limit', '5', '--lifetime-limit', '4'];
  const less = await runServer(['vault', '--data', data, ...limits]);
  assert.match(less.stderr, /--lifetime-limit: it must not be less than --guess-limit/);
  assert.throws(() => statSync(data), { code: 'ENOENT' });
});
