import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { parseIssuerKeys } from './issuer-keys.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'a' };

const REFUSED: Readonly<Record<string, readonly [text: string, state: RegExp]>> = {
  'an empty file': ['', /neither a PEM public key nor a JWKS/],
  'a private PEM key': [
    privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    /holds a private key/,
  ],
  'a private key in a JWKS': [
    JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }),
    /holds a private key/,
  ],
  'an RSA key': [rsa.export({ format: 'pem', type: 'spki' }).toString(), /no Ed25519 public key/],
  'a JWKS of RSA keys': [
    JSON.stringify({ keys: [rsa.export({ format: 'jwk' })] }),
    /holds no Ed25519 key/,
  ],
  'one bare JWK': [JSON.stringify(jwk), /neither a PEM public key nor a JWKS/],
  'a malformed key': [JSON.stringify({ keys: [{ ...jwk, x: 'AA' }] }), /malformed/],
  'too many keys': [
    JSON.stringify({ keys: Array.from({ length: 33 }, () => jwk) }),
    /more than 32 keys/,
  ],
};

for (const [name, [text, state]] of Object.entries(REFUSED)) {
  test(`parseIssuerKeys() refuses ${name}, and names the file`, async () => {
    await assert.rejects(parseIssuerKeys(text, '/etc/keys'), (error: Error) => {
      assert.match(error.message, state);
      assert.match(error.message, /^Cannot use \/etc\/keys for a token issuer: /);
      return true;
    });
  });
}

test('parseIssuerKeys() leaves keys of other kinds in a JWKS alone', async () => {
  await parseIssuerKeys(JSON.stringify({ keys: [rsa.export({ format: 'jwk' }), jwk] }), 'keys');
});
