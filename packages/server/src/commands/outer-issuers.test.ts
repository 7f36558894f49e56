/** A vault whose tokens other services issue: one by a file of keys, one by an address. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { vaultFingerprint } from '@holdfast/core/vault-protocol';
import { runServer, ServerProcess } from '../fixture/server-process.ts';
import { askIdentity, VaultCaller } from '../fixture/vault-caller.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-issuers-'));
const config = join(folder, 'vault.json');
const [byFile, byAddress] = ['https://id.example.org', 'https://login.example.com'];
const keys = { byFile: generateKeyPairSync('ed25519'), byAddress: generateKeyPairSync('ed25519') };
let isServing = true;
const jwks = createServer((_, response) => {
  const key = { ...keys.byAddress.publicKey.export({ format: 'jwk' }), kid: 'spring' };
  if (isServing) response.end(JSON.stringify({ keys: [key] }));
  else response.writeHead(500).end();
});

before(async () => {
  jwks.listen(0, '127.0.0.1');
  await once(jwks, 'listening');
  const { port } = jwks.address() as AddressInfo;
  const pem = keys.byFile.publicKey.export({ format: 'pem', type: 'spki' });
  writeFileSync(join(folder, 'id.pem'), pem);
  const settings = {
    listen: '127.0.0.1:0',
    data: 'vault',
    issuers: [
      { issuer: byFile, keysFile: 'id.pem' },
      { issuer: byAddress, jwksUrl: `http://127.0.0.1:${port}/keys` },
    ],
  };
  writeFileSync(config, JSON.stringify(settings));
});
after(() => {
  jwks.close();
  rmSync(folder, { recursive: true });
});

interface Signed {
  readonly issuer: string;
  readonly key: KeyObject;
  readonly kid?: string;
}

/** A token of spec/vault-protocol.md §6.1, as an identity service makes it. */
function issue(fingerprint: string, { issuer, key, kid }: Signed): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const who = { iss: issuer, aud: fingerprint, sub: 'anna', jti: randomUUID() };
  const header = { alg: 'EdDSA', ...(kid === undefined ? {} : { kid }) };
  const message = `${encode(header)}.${encode({ ...who, iat, exp: iat + 300, scope: 'enrol' })}`;
  return `${message}.${sign(null, Buffer.from(message), key).toString('base64url')}`;
}

test('tokens of both issuers are taken, and of nobody else, the vault itself included', async () => {
  await using server = new ServerProcess(['vault', '--config', config]);
  const url = await server.url();
  const identity = await askIdentity(url);
  const fingerprint = await vaultFingerprint(nodeCrypto, identity);
  const [fileKey, addressKey] = [keys.byFile.privateKey, keys.byAddress.privateKey];
  const enrol = async (signed: Signed) =>
    (await new VaultCaller(url, identity).enrol(issue(fingerprint, signed))).outcome;

  assert.equal(await enrol({ issuer: byFile, key: fileKey }), 'done');
  assert.equal(await enrol({ issuer: byAddress, key: addressKey, kid: 'spring' }), 'done');
  for (const wrong of [
    { issuer: byFile, key: addressKey },
    { issuer: byFile, key: fileKey, kid: 'spring' },
    { issuer: byAddress, key: fileKey, kid: 'spring' },
    { issuer: byAddress, key: addressKey, kid: 'autumn' },
    { issuer: 'https://id.example.net', key: fileKey },
    { issuer: `vault:${fingerprint}`, key: fileKey },
  ]) {
    await assert.rejects(enrol(wrong), /status 401/);
  }
  const own = await fetch(`${url}/v1/token`, { method: 'POST', body: '{}' });
  assert.equal(own.status, 404);
});

test('while the address of keys gives none, its issuer has to wait, and the others do not', async () => {
  isServing = false;
  await using server = new ServerProcess(['vault', '--config', config]);
  const url = await server.url();
  const identity = await askIdentity(url);
  const fingerprint = await vaultFingerprint(nodeCrypto, identity);
  const enrol = async (issuer: string, key: KeyObject) =>
    (await new VaultCaller(url, identity).enrol(issue(fingerprint, { issuer, key }))).outcome;
  await assert.rejects(enrol(byAddress, keys.byAddress.privateKey), /status 503/);
  assert.equal(await enrol(byFile, keys.byFile.privateKey), 'done');
});

test('keys that are none, or not to be had safely, stop the start', async () => {
  for (const [issuer, message] of [
    [{ keysFile: config }, /it is neither a PEM public key nor a JWKS/],
    [{ keysFile: join(folder, 'none.pem') }, /Cannot read .*none\.pem: there is no such file/],
    [{ jwksUrl: 'http://id.example.org/keys' }, /https/i],
  ] as const) {
    const path = join(folder, 'wrong.json');
    const issuers = [{ issuer: byFile, ...issuer }];
    writeFileSync(path, JSON.stringify({ listen: '127.0.0.1:0', data: 'wrong', issuers }));
    const { exitCode, stderr } = await runServer(['vault', '--config', path]);
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, message);
  }
});
