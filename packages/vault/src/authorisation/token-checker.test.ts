import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { accountOf } from '@holdfast/core/vault-protocol';
import { makeBuiltInIssuer } from './built-in-issuer.ts';
import { parseIssuerKeys } from './issuer-keys.ts';
import { TokenChecker } from './token-checker.ts';

const NOW_SECONDS = 1_800_000_000;
const now = (): number => NOW_SECONDS * 1000 + 500;
const fingerprint = 'f1'.repeat(32);
const issuer = 'https://id.example.org';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519').privateKey;
const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();

const header = { alg: 'EdDSA', typ: 'JWT' };
const claims = {
  iss: issuer,
  aud: fingerprint,
  sub: 'anna',
  jti: 'one',
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 300,
  scope: 'guess',
};

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function forge(changes: object = {}, headerChanges: object = {}, key: KeyObject = privateKey) {
  const message = `${encode({ ...header, ...headerChanges })}.${encode({ ...claims, ...changes })}`;
  return `${message}.${sign(null, Buffer.from(message), key).toString('base64url')}`;
}

async function makeChecker(keys = pem): Promise<TokenChecker> {
  const issuers = [{ name: issuer, keys: await parseIssuerKeys(keys, 'keys') }];
  return new TokenChecker({ issuers, fingerprint, now });
}

function keySet(...kids: readonly string[]): string {
  return JSON.stringify({
    keys: kids.map((kid) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA' })),
  });
}

test('check() grants the account, the hash and the end of a good token', async () => {
  const checker = await makeChecker();
  const granted = await checker.check(forge(), 'guess');
  const { tokenHash, ...rest } = granted;
  assert.equal(tokenHash.length, 32);
  assert.deepEqual(rest, {
    account: await accountOf(nodeCrypto, issuer, 'anna'),
    expiresAtMs: (NOW_SECONDS + 420) * 1000,
    scope: 'guess',
  });
  const other = await checker.check(forge({ jti: 'two' }), 'guess');
  assert.deepEqual(other.account, granted.account);
  assert.notDeepEqual(other.tokenHash, granted.tokenHash);
});

test('a token that names a key is not for an issuer whose only key has no name', async () => {
  const checker = await makeChecker();
  await checker.check(forge(), 'guess');
  for (const kid of ['spring', '', 7]) {
    await assert.rejects(checker.check(forge({}, { kid }), 'guess'), { code: 'not-authorised' });
  }
});

test('a token’s hash is an issuer’s: neither name can borrow from the other', async () => {
  const keys = await parseIssuerKeys(pem, 'keys');
  const issuers = ['ab', 'a'].map((name) => ({ name, keys }));
  const checker = new TokenChecker({ issuers, fingerprint, now });
  const first = await checker.check(forge({ iss: 'ab', jti: 'c', sub: 'c' }), 'guess');
  const second = await checker.check(forge({ iss: 'a', jti: 'bc', sub: 'bc' }), 'guess');
  assert.notDeepEqual(first.tokenHash, second.tokenHash);
  assert.notDeepEqual(first.account, second.account);
});

const REFUSED: Readonly<Record<string, () => string>> = {
  'of algorithm none': () => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`,
  'of algorithm none with a signature': () => forge({}, { alg: 'none' }),
  'signed by HMAC with the public key': () => {
    const message = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
    const mac = createHmac('sha256', pem).update(message).digest('base64url');
    return `${message}.${mac}`;
  },
  'that calls its algorithm Ed25519': () => forge({}, { alg: 'Ed25519' }),
  'without an algorithm': () => forge({}, { alg: undefined }),
  'signed by another key': () => forge({}, {}, stranger),
  'that brings its own key': () => forge({}, { jwk: stranger.export({ format: 'jwk' }) }, stranger),
  'with a critical extension': () => forge({}, { crit: ['x'], x: 1 }),
  'with a critical extension that changes nothing': () => forge({}, { crit: ['b64'], b64: true }),
  'with an unencoded payload': () => forge({}, { crit: ['b64'], b64: false }),
  'of another issuer': () => forge({ iss: 'https://other.example.org' }),
  'without an issuer': () => forge({ iss: undefined }),
  'whose issuer is a list': () => forge({ iss: [issuer] }),
  'for another audience': () => forge({ aud: 'f2'.repeat(32) }),
  'for a list of audiences': () => forge({ aud: [claims.aud] }),
  'for an audience in capitals': () => forge({ aud: claims.aud.toUpperCase() }),
  'without an audience': () => forge({ aud: undefined }),
  'of another scope': () => forge({ scope: 'enrol' }),
  'of two scopes': () => forge({ scope: 'enrol guess' }),
  'whose scope is a list': () => forge({ scope: ['guess'] }),
  'without a scope': () => forge({ scope: undefined }),
  'without a subject': () => forge({ sub: undefined }),
  'with an empty subject': () => forge({ sub: '' }),
  'whose subject is a number': () => forge({ sub: 7 }),
  'with a subject of 129 characters': () => forge({ sub: 'x'.repeat(129) }),
  'with half a character in its subject': () => forge({ sub: '\ud800' }),
  'without an id': () => forge({ jti: undefined }),
  'with an empty id': () => forge({ jti: '' }),
  'with an id of 65 characters': () => forge({ jti: 'x'.repeat(65) }),
  'without a time': () => forge({ iat: undefined }),
  'without an end': () => forge({ exp: undefined }),
  'with an end that is a text': () => forge({ exp: `${claims.exp}` }),
  'with half a second': () => forge({ iat: NOW_SECONDS + 0.5 }),
  'that lives for 601 seconds': () => forge({ exp: NOW_SECONDS + 601 }),
  'that ends as it begins': () => forge({ exp: NOW_SECONDS, iat: NOW_SECONDS }),
  'that ends before it begins': () => forge({ exp: NOW_SECONDS + 10, iat: NOW_SECONDS + 20 }),
  'that ended a minute ago': () => forge({ iat: NOW_SECONDS - 300, exp: NOW_SECONDS - 60 }),
  'from 61 seconds ahead': () => forge({ iat: NOW_SECONDS + 61 }),
  'that is not valid yet': () => forge({ nbf: NOW_SECONDS + 61 }),
  'whose beginning is a text': () => forge({ nbf: `${NOW_SECONDS}` }),
  'whose beginning is nothing': () => forge({ nbf: null }),
  'of more than 4,096 characters': () => forge({ more: 'x'.repeat(4096) }),
  'with bytes after its end': () => `${forge()}AA`,
  'with a changed claim': () => {
    const [head, , signature] = forge().split('.');
    return `${head}.${encode({ ...claims, sub: 'bert' })}.${signature}`;
  },
  'of two parts': () => forge().split('.').slice(0, 2).join('.'),
  'that is no token': () => 'x',
  'that is empty': () => '',
  'whose claims are no object': () => {
    const message = `${encode(header)}.${encode([])}`;
    return `${message}.${sign(null, Buffer.from(message), privateKey).toString('base64url')}`;
  },
};

for (const [name, makeToken] of Object.entries(REFUSED)) {
  test(`check() refuses a token ${name}`, async () => {
    const checker = await makeChecker();
    await assert.rejects(checker.check(makeToken(), 'guess'), { code: 'not-authorised' });
  });
}

test('check() allows a minute of difference between clocks, and no second more', async () => {
  const checker = await makeChecker();
  const early = { iat: NOW_SECONDS + 60, exp: NOW_SECONDS + 660 };
  await checker.check(forge(early), 'guess');
  const late = { iat: NOW_SECONDS - 659, exp: NOW_SECONDS - 59 };
  const { expiresAtMs } = await checker.check(forge(late), 'guess');
  assert.ok(expiresAtMs > now());
});

test('check() takes the longest claims that there are', async () => {
  const checker = await makeChecker();
  await checker.check(forge({ sub: '🦊'.repeat(128), jti: 'x'.repeat(64) }), 'guess');
});

test('check() takes the key that a token names, and refuses one that is not there', async () => {
  const checker = await makeChecker(keySet('spring', 'autumn'));
  await checker.check(forge({}, { kid: 'autumn' }), 'guess');
  for (const kid of ['winter', undefined, 7, '']) {
    const checked = checker.check(forge({}, { kid }), 'guess');
    await assert.rejects(checked, { code: 'not-authorised' });
  }
});

test('one issuer’s key signs nothing for another', async () => {
  const own = makeBuiltInIssuer({ fingerprint, seed: new Uint8Array(32).fill(1), now });
  const outer = { name: issuer, keys: await parseIssuerKeys(pem, 'keys') };
  const checker = new TokenChecker({ issuers: [own, outer], fingerprint, now });
  await checker.check(forge(), 'guess');
  const forged = checker.check(forge({ iss: own.name }), 'guess');
  await assert.rejects(forged, { code: 'not-authorised' });
});

test('the built-in issuer’s tokens are good for their scope, at this vault, for one account', async () => {
  const own = makeBuiltInIssuer({ fingerprint, seed: new Uint8Array(32).fill(1), now });
  const checker = new TokenChecker({ issuers: [own], fingerprint, now });
  const secret = new Uint8Array(32).fill(3);
  const first = await checker.check(await own.issue(secret, 'guess'), 'guess');
  const second = await checker.check(await own.issue(secret, 'guess'), 'guess');
  assert.deepEqual(first.account, second.account);
  assert.notDeepEqual(first.tokenHash, second.tokenHash);
  const subject = createHash('sha256').update('holdfast/v1/account-subject').update(secret);
  assert.deepEqual(first.account, await accountOf(nodeCrypto, own.name, subject.digest('hex')));
  const enrolled = own.issue(secret, 'enrol').then((token) => checker.check(token, 'guess'));
  await assert.rejects(enrolled, { code: 'not-authorised' });
  const elsewhere = new TokenChecker({ issuers: [own], fingerprint: 'f2'.repeat(32), now });
  const carried = elsewhere.check(await own.issue(secret, 'guess'), 'guess');
  await assert.rejects(carried, { code: 'not-authorised' });
});
