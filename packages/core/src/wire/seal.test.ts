/** Runs vectors/backup-format/sealed-box.json on both crypto ports. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { assertObjectMagic, objectMagic } from './object-magic.ts';
import { BOX_OVERHEAD_BYTES, counterNonce, openBox, sealBox } from './seal.ts';

interface Vector {
  readonly name: string;
  readonly key: string;
  readonly purpose: string;
  readonly context: string;
  readonly box: string;
  readonly plaintext: string;
}

const url = new URL('../../../../vectors/backup-format/sealed-box.json', import.meta.url);
const vectors: { cases: Vector[]; failures: Vector[] } = JSON.parse(readFileSync(url, 'utf8'));
const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text);

for (const [port, crypto] of PORTS) {
  for (const { name, key, purpose, context, box, plaintext } of vectors.cases) {
    test(`with ${port}, openBox() opens and sealBox() makes the vector: ${name}`, async () => {
      const opened = await openBox(crypto, hex(key), purpose, hex(context), hex(box));
      assert.equal(opened?.toHex(), plaintext);
      const salted = { ...crypto, randomBytes: () => hex(box).slice(0, 32) };
      const sealed = await sealBox(salted, hex(key), purpose, hex(context), hex(plaintext));
      assert.equal(sealed.toHex(), box);
    });
  }
  for (const { name, key, purpose, context, box } of vectors.failures) {
    test(`with ${port}, openBox() gives null for the vector: ${name}`, async () => {
      assert.equal(await openBox(crypto, hex(key), purpose, hex(context), hex(box)), null);
    });
  }
}

const KEY = new Uint8Array(32).fill(3);
const NO_CONTEXT = new Uint8Array(0);

test('any flipped bit of a box is noticed', async () => {
  const box = await sealBox(nodeCrypto, KEY, 'test', NO_CONTEXT, new Uint8Array(50));
  await fc.assert(
    fc.asyncProperty(fc.nat(box.length - 1), fc.nat(7), async (at, bit) => {
      const changed = box.slice();
      changed[at] = (changed[at] as number) ^ (1 << bit);
      assert.equal(await openBox(nodeCrypto, KEY, 'test', NO_CONTEXT, changed), null);
    }),
  );
});

test('sealing twice gives boxes that share no salt, commitment or ciphertext', async () => {
  const [one, two] = await Promise.all(
    [0, 1].map(() => sealBox(nodeCrypto, KEY, 'test', NO_CONTEXT, new Uint8Array(64))),
  );
  for (let at = 0; at < 144; at += 16) {
    assert.notDeepEqual(one?.slice(at, at + 16), two?.slice(at, at + 16));
  }
});

test('openBox() leaves the box as it was, also when it is a Buffer', async () => {
  const box = await sealBox(nodeCrypto, KEY, 'test', NO_CONTEXT, new Uint8Array([1, 2, 3]));
  const buffer = Buffer.from(box);
  for (let time = 0; time < 2; time++) {
    const plain = await openBox(nodeCrypto, KEY, 'test', NO_CONTEXT, buffer);
    assert.deepEqual(plain, new Uint8Array([1, 2, 3]));
  }
  assert.deepEqual(new Uint8Array(buffer), box);
  assert.equal(box.length, 3 + BOX_OVERHEAD_BYTES);
});

test('counterNonce() is eight zero bytes and the counter', () => {
  assert.equal(counterNonce(0x01020304).toHex(), '000000000000000001020304');
});

test('an object of a newer version is told from one that is damaged', () => {
  const magic = objectMagic('PACK');
  assert.equal(magic.toHex(), '48465041434b0001');
  assertObjectMagic(magic, magic, 'pack');
  const withVersion = (version: number): Uint8Array =>
    new Uint8Array([...magic.slice(0, 7), version]);
  assert.throws(() => assertObjectMagic(withVersion(2), magic, 'pack'), { code: 'format-too-new' });
  assert.throws(() => assertObjectMagic(withVersion(0), magic, 'pack'), { code: 'damaged' });
  assert.throws(() => assertObjectMagic(magic.slice(0, 7), magic, 'pack'), { code: 'damaged' });
  assert.throws(() => assertObjectMagic(objectMagic('KEYS'), magic, 'pack'), { code: 'damaged' });
});
