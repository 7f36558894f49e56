/** Runs vectors/backup-format/keyring.json on both crypto ports; every flipped byte is noticed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { Secret } from '../secret/index.ts';
import { Keyring, openKeyring, sealKeyring } from './keyring.ts';

interface Vector {
  readonly name: string;
  readonly keyringKey: string;
  readonly backupId: string;
  readonly object: string;
  readonly epochKeys: readonly string[];
  readonly earlierRootKeys: readonly string[];
  readonly base?: string;
  readonly patches?: readonly (readonly [number, string])[];
  readonly lengthBytes?: number;
  readonly code: string;
}

const url = new URL('../../../../vectors/backup-format/keyring.json', import.meta.url);
const vectors: { cases: Vector[]; failures: Vector[] } = JSON.parse(readFileSync(url, 'utf8'));
const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text);

function objectOf(vector: Vector): Uint8Array {
  const base = vectors.cases.find(({ name }) => name === vector.base);
  const object = hex(base?.object ?? vector.object);
  for (const [at, text] of vector.patches ?? []) object.set(hex(text), at);
  return object.slice(0, vector.lengthBytes);
}

function open(crypto: CryptoPort, vector: Vector, object = objectOf(vector)): Promise<Keyring> {
  return openKeyring(crypto, new Secret(hex(vector.keyringKey)), hex(vector.backupId), object);
}

const hexOf = (keys: readonly Secret[]): string[] => keys.map((key) => key.bytes().toHex());

for (const [port, crypto] of PORTS) {
  for (const vector of vectors.cases) {
    test(`with ${port}, a keyring opens and is made as the vector says: ${vector.name}`, async () => {
      const keyring = await open(crypto, vector);
      assert.deepEqual(hexOf(keyring.epochKeys), vector.epochKeys);
      assert.deepEqual(hexOf(keyring.earlierRootKeys), vector.earlierRootKeys);
      assert.equal(keyring.newestEpoch, vector.epochKeys.length - 1);
      const salted = { ...crypto, randomBytes: () => hex(vector.object).slice(8, 40) };
      const key = new Secret(hex(vector.keyringKey));
      const sealed = await sealKeyring(salted, key, hex(vector.backupId), keyring);
      assert.equal(sealed.toHex(), vector.object);
    });
  }
  for (const vector of vectors.failures) {
    test(`with ${port}, a keyring does not open, as the vector says: ${vector.name}`, async () => {
      await assert.rejects(open(crypto, vector), { name: 'HoldfastError', code: vector.code });
    });
  }
}

const [, twoEpochs] = vectors.cases as [Vector, Vector];

test('any flipped bit of a keyring is noticed', async () => {
  const object = hex(twoEpochs.object);
  await fc.assert(
    fc.asyncProperty(fc.nat(object.length - 1), fc.nat(7), async (at, bit) => {
      const changed = object.slice();
      changed[at] = (changed[at] as number) ^ (1 << bit);
      await assert.rejects(open(nodeCrypto, twoEpochs, changed), { name: 'HoldfastError' });
    }),
  );
});

test('a keyring read into a Buffer opens to its real keys, and the Buffer keeps its bytes', async () => {
  const buffer = Buffer.from(twoEpochs.object, 'hex');
  for (let time = 0; time < 2; time++) {
    const keyring = await open(nodeCrypto, twoEpochs, buffer);
    assert.deepEqual(hexOf(keyring.epochKeys), twoEpochs.epochKeys);
  }
  assert.equal(buffer.toString('hex'), twoEpochs.object);
});

test('a keyring holds 1 to 64 epochs, and says which ones it lacks', () => {
  const key = (): Secret => new Secret(new Uint8Array(32));
  assert.throws(() => new Keyring([]), RangeError);
  assert.throws(() => new Keyring(Array.from({ length: 65 }, key)), RangeError);
  assert.throws(() => new Keyring([key()]).epochKey(1), { code: 'damaged' });
});

test('a keyring holds 31 earlier root keys, and gets one more with each root key', () => {
  const key = (fill = 0): Secret => new Secret(new Uint8Array(32).fill(fill));
  const keys = (length: number): Secret[] => Array.from({ length }, () => key());
  assert.throws(() => new Keyring([key()], keys(32)), RangeError);
  const next = new Keyring([key(1)], [key(2)]).withNextRootKey(key(3), key(4));
  assert.deepEqual(hexOf(next.epochKeys), hexOf([key(1), key(4)]));
  assert.deepEqual(hexOf(next.earlierRootKeys), hexOf([key(2), key(3)]));
  assert.deepEqual(hexOf(next.withNextEpoch(key(5)).earlierRootKeys), hexOf([key(2), key(3)]));
  const tooMany = { code: 'limit-exceeded' };
  assert.throws(() => new Keyring([key()], keys(31)).withNextRootKey(key(), key()), tooMany);
  assert.throws(() => new Keyring(keys(64)).withNextRootKey(key(), key()), tooMany);
});

test('a keyring takes epochs only as long as 31 root keys have room, each with an epoch', () => {
  const key = (): Secret => new Secret(new Uint8Array(32));
  const keys = (length: number): Secret[] => Array.from({ length }, key);
  let keyring = new Keyring(keys(32)).withNextEpoch(key());
  assert.throws(() => keyring.withNextEpoch(key()), { code: 'limit-exceeded' });
  for (let i = 0; i < 31; i++) keyring = keyring.withNextRootKey(key(), key());
  assert.deepEqual([keyring.newestEpoch, keyring.earlierRootKeys.length], [63, 31]);
});

test('a wiped keyring gives no key', () => {
  const keyring = new Keyring([new Secret(new Uint8Array(32))]);
  keyring.wipe();
  assert.throws(() => keyring.epochKey(0), TypeError);
});
