import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ProviderCaller } from '@holdfast/testing/local-provider';
import { runServer, ServerProcess } from '../fixture/server-process.ts';

const SERVES = /^Provider +(\S+)\n(?:.*\n)*Start a backup there/m;
const PACK_BYTES = 1024 * 1024;
const KILLS = 5;

async function dataFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-server-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'data');
}

function start(folder: string, listen = '127.0.0.1:0', more: readonly string[] = []) {
  const limits = ['--requests-per-account', '0', '--entrances-per-address', '0'];
  const args = ['provider', '--data', folder, '--listen', listen, ...limits, ...more];
  return new ServerProcess(args);
}

function pack() {
  const bytes = new Uint8Array(randomBytes(PACK_BYTES));
  const hex = createHash('sha256').update(bytes).digest('hex');
  return { name: `packs/${hex.slice(0, 2)}/${hex}`, bytes };
}

test('a provider serves, tells what to do next, and ends in order', async (context) => {
  const folder = await dataFolder(context);
  await using server = start(folder, '127.0.0.1:0', ['--metrics', '127.0.0.1:0']);
  const [, url = ''] = await server.printed(SERVES);
  const caller = await ProviderCaller.signedUp(url);
  const { name, bytes } = pack();
  assert.equal((await caller.put(name, bytes)).status, 201);
  assert.equal(await (await fetch(`${url}/ready`)).text(), 'ok\n');
  const [, metricsUrl = ''] = await server.printed(/^Metrics +(\S+)$/m);
  const metrics = await (await fetch(metricsUrl)).text();
  assert.match(metrics, /holdfast_provider_requests_total\{kind="putObject",code="ok"\} 1/);
  server.signal('SIGTERM');
  const { exitCode, stderr } = await server.ended();
  assert.equal(exitCode, 0, stderr);
  const { mode } = await stat(join(folder, 'provider.sqlite'));
  assert.equal(mode & 0o077, 0);
});

test('a provider killed amid uploads has all that it acknowledged, whole', async (context) => {
  const folder = await dataFolder(context);
  const acknowledged = new Map<string, Uint8Array>();
  let listen = '127.0.0.1:0';
  let caller: ProviderCaller | null = null;
  for (let kill = 0; kill < KILLS; kill++) {
    await using server = start(folder, listen);
    const [, url = ''] = await server.printed(SERVES);
    listen = new URL(url).host;
    if (caller === null) caller = await ProviderCaller.signedUp(url);
    else await caller.login();
    const by = caller;
    const uploading = Array.from({ length: 4 }, async () => {
      for (;;) {
        const { name, bytes } = pack();
        const { status } = await by.put(name, bytes);
        if (status === 201) acknowledged.set(name, bytes);
      }
    });
    const least = acknowledged.size + 3;
    while (acknowledged.size < least) await new Promise((resolve) => setTimeout(resolve, 5));
    server.signal('SIGKILL');
    const outcomes = await Promise.allSettled(uploading);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  }
  await using server = start(folder, listen);
  await server.printed(SERVES);
  const by = caller as ProviderCaller;
  await by.login();
  for (const [name, bytes] of acknowledged) {
    const there = new Uint8Array(await (await by.get(name)).arrayBuffer());
    assert.ok(Buffer.from(bytes).equals(there), name);
  }
  const account = (await (await by.ask('account')).json()) as {
    objects: number;
    usedBytes: number;
  };
  assert.ok(account.objects >= acknowledged.size);
  assert.equal(account.usedBytes, account.objects * PACK_BYTES);
  const files = await readdir(join(folder, 'objects'), { recursive: true });
  const large = files.filter((file) => /[0-9a-f]{32}[/\\][0-9a-f]{32}$/.test(file));
  assert.ok(large.length >= account.objects);
});

test('a provider that others can reach has to be told its name, and whom it takes', async (context) => {
  const folder = await dataFolder(context);
  const open = ['provider', '--data', folder, '--listen', '0.0.0.0:0', '--behind-proxy'];
  const unnamed = await runServer(open);
  assert.equal(unnamed.exitCode, 2);
  assert.match(unnamed.stderr, /what people call it is not said/);
  const named = await runServer([...open, '--url', 'https://backup.example.org']);
  assert.equal(named.exitCode, 2);
  assert.match(named.stderr, /who may begin a backup is not said/);
  const withPath = ['--url', 'https://backup.example.org/path', '--sign-up', 'open'];
  const odd = await runServer([...open, ...withPath]);
  assert.equal(odd.exitCode, 2);
  assert.match(odd.stderr, /it has a path/);
});

test('an invite lets one backup begin', async (context) => {
  const folder = await dataFolder(context);
  const none = await runServer(['admin', 'invite', '--data', folder]);
  assert.equal(none.exitCode, 1);
  assert.match(none.stderr, /there is no provider/);
  await using server = start(folder, '127.0.0.1:0', ['--sign-up', 'invite']);
  const [, url = ''] = await server.printed(SERVES);
  const { stdout } = await runServer(['admin', 'invite', '--data', folder]);
  const entry = { create: true, invite: stdout.trim() };
  assert.equal((await new ProviderCaller(url).enter(entry)).status, 200);
  assert.equal((await new ProviderCaller(url).enter(entry)).status, 403);
});

test('a provider and a vault run in one process', async (context) => {
  const folder = await dataFolder(context);
  const listen = ['--provider-listen', '127.0.0.1:0', '--vault-listen', '127.0.0.1:0'];
  await using server = new ServerProcess(['run', '--data', folder, ...listen]);
  const [, url = ''] = await server.printed(SERVES);
  const [, vaultUrl = ''] = await server.printed(/^ {2}holdfast vault trust (\S+)$/m);
  await server.printed(/^ {2}holdfast password set/m);
  for (const one of [url, vaultUrl]) assert.equal((await fetch(`${one}/ready`)).status, 200);
  server.signal('SIGTERM');
  assert.equal((await server.ended()).exitCode, 0);
  assert.deepEqual((await readdir(folder)).toSorted(), ['provider', 'vault']);
});
