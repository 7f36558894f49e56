import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseArguments } from '../arguments/parse-arguments.ts';
import type { Environment } from '../command.ts';
import { command } from '../commands/vault.ts';
import { readSettings } from './read-settings.ts';
import { VAULT_REALM, VAULT_SETTINGS, type VaultSettings } from './vault-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-settings-'));
after(() => rmSync(folder, { recursive: true }));
const configPath = join(folder, 'vault.json');

function read(args: readonly string[], env: Environment = {}): Promise<VaultSettings> {
  return readSettings(VAULT_SETTINGS, parseArguments(command, args), env, VAULT_REALM);
}

function readConfig(config: unknown, args: readonly string[] = []): Promise<VaultSettings> {
  writeFileSync(configPath, typeof config === 'string' ? config : JSON.stringify(config));
  return read(['--config', configPath, ...args]);
}

async function assertRefused(settings: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(settings, (error: Error & { code?: string; nextStep?: string }) => {
    assert.equal(error.code, 'usage');
    assert.match(`${error.message}\n${error.nextStep ?? ''}`, message);
    return true;
  });
}

test('nothing set is nothing said', async () => {
  assert.deepEqual(await read([]), {});
});

test('options go before the environment, and that before the file', async () => {
  writeFileSync(configPath, '{ "guessLimit": 1, "lifetimeLimit": 10, "connections": 100 }');
  const env = {
    HOLDFAST_VAULT_CONFIG: configPath,
    HOLDFAST_VAULT_LIFETIME_LIMIT: '20',
    HOLDFAST_VAULT_CONNECTIONS: '200',
  };
  assert.deepEqual(await read(['--connections', '300'], env), {
    guessLimit: 1,
    lifetimeLimit: 20,
    connections: 300,
  });
});

test('every kind of setting is read from every place', async () => {
  const expected = {
    listen: { host: '::1', port: 8440 },
    behindProxy: true,
    origins: ['https://a.example', 'https://b.example:8443'],
    connections: 7,
    logLevel: 'warn',
  };
  const fromFile = await readConfig({
    listen: '[::1]:8440',
    behindProxy: true,
    origins: ['https://a.example', 'https://b.example:8443'],
    connections: 7,
    logLevel: 'warn',
  });
  assert.deepEqual(fromFile, expected);
  const fromEnv = await read([], {
    HOLDFAST_VAULT_LISTEN: '[::1]:8440',
    HOLDFAST_VAULT_BEHIND_PROXY: 'true',
    HOLDFAST_VAULT_ORIGINS: 'https://a.example, https://b.example:8443',
    HOLDFAST_VAULT_CONNECTIONS: '7',
    HOLDFAST_VAULT_LOG_LEVEL: 'warn',
  });
  assert.deepEqual(fromEnv, expected);
  const options =
    '--listen [::1]:8440 --behind-proxy --origins https://a.example --origins https://b.example:8443 --connections 7 --log-level warn';
  assert.deepEqual(await read(options.split(' ')), expected);
});

test('paths in a file are seen from there, others from where the command runs', async () => {
  const settings = await readConfig({ tlsKey: 'key.pem', data: '/srv/vault' }, [
    '--tls-certificate',
    'chain.pem',
  ]);
  assert.deepEqual(settings, {
    tlsKey: join(folder, 'key.pem'),
    data: '/srv/vault',
    tlsCertificate: 'chain.pem',
  });
});

test('issuers are lists of the file alone', async () => {
  const issuers = [
    { issuer: 'https://id.example', jwksUrl: 'https://id.example/keys' },
    { issuer: 'https://other.example', keysFile: '/etc/keys.pem' },
  ];
  assert.deepEqual(await readConfig({ issuers }), { issuers });
  assert.deepEqual(await read([], { HOLDFAST_VAULT_ISSUERS: 'x' }), {});
});

const WRONG: readonly (readonly [config: unknown, message: RegExp])[] = [
  [{ conections: 1 }, /there is no setting "conections"\nDid you mean "connections"\?/],
  [{ zzzzzzzzz: 1 }, /there is no setting "zzzzzzzzz"\nThere are: data, listen,/],
  [{ connections: '5' }, /"connections" of .*vault\.json: it must be a whole number from 1 to/],
  [{ connections: 0 }, /whole number from 1 to/],
  [{ connections: 1.5 }, /whole number/],
  [{ guessLimit: 11 }, /"guessLimit" .* a whole number from 1 to 10/],
  [{ lifetimeLimit: 101 }, /from 1 to 100/],
  [{ replacementDelay: 71 }, /from 72 to 8760/],
  [{ behindProxy: 'yes' }, /it must be true or false/],
  [{ listen: '8440' }, /an address and a port, such as/],
  [{ listen: '::1:8440' }, /an address and a port/],
  [{ listen: '127.0.0.1:65536' }, /an address and a port/],
  [{ url: 'ftp://x' }, /begins with https: or http:/],
  [{ origins: 'https://a.example' }, /origins of web pages/],
  [{ origins: ['https://a.example/'] }, /origins of web pages/],
  [{ origins: ['*'] }, /origins of web pages/],
  [{ logLevel: 'verbose' }, /one of error, warn, info, debug/],
  [{ issuers: [] }, /a list of/],
  [{ issuers: [{ issuer: 'x' }] }, /a list of/],
  [{ issuers: [{ issuer: 'x', keysFile: 'a', jwksUrl: 'b' }] }, /a list of/],
  [{ data: '' }, /a path/],
  [[], /one JSON object/],
  ['{ "data": ', /it is no JSON/],
];

for (const [config, message] of WRONG) {
  test(`a file of ${JSON.stringify(config)} is refused, and the message helps`, async () => {
    await assertRefused(readConfig(config), message);
  });
}

test('a wrong value is not repeated: it may be a secret in the wrong place', async () => {
  const secret = 'hunter2hunter2';
  for (const config of [{ listen: secret }, `{ "data": "${secret} }`, { issuers: secret }]) {
    await assert.rejects(readConfig(config), (error: Error & { nextStep?: string }) => {
      assert.doesNotMatch(`${error.message} ${error.nextStep}`, /hunter2/);
      return true;
    });
  }
});

test('a wrong option or variable is named as it was given', async () => {
  await assertRefused(read(['--guess-limit', 'ten']), /^Cannot use --guess-limit: it must be/);
  const env = { HOLDFAST_VAULT_GUESS_LIMIT: '0x5' };
  await assertRefused(read([], env), /^Cannot use HOLDFAST_VAULT_GUESS_LIMIT: it must be/);
  await assertRefused(read([], { HOLDFAST_VAULT_BEHIND_PROXY: 'maybe' }), /true or false/);
  await assertRefused(read(['--config', join(folder, 'none')]), /none: there is no such file/);
});
