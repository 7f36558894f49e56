/** Both crypto ports against the examples of the standards, our vectors, and each other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CryptoPort } from './crypto-port.ts';
import { TAG_BYTES } from './crypto-port.ts';
import { nodeCrypto } from './node-crypto.ts';
import { webCrypto } from './web-crypto.ts';

const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];

interface Signature {
  readonly name: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  /** Only of one that must be refused. */
  readonly code?: string;
}

const url = new URL('../../../../vectors/backup-format/signatures.json', import.meta.url);
const vectors: { cases: Signature[]; failures: Signature[] } = JSON.parse(
  readFileSync(url, 'utf8'),
);
const SIGNATURES = [...vectors.cases, ...vectors.failures];
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text);
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const show = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new Uint8Array(bytes).toHex();

for (const [port, crypto] of PORTS) {
  test(`${port} hashes as FIPS 180-4 and authenticates as RFC 4231 say`, async () => {
    assert.equal(
      show(await crypto.sha256(ascii('abc'))),
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    assert.equal(
      show(await crypto.hmacSha256(new Uint8Array(20).fill(0x0b), ascii('Hi There'))),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    );
  });

  test(`${port} derives as RFC 5869 says, an empty salt standing for zeros`, async () => {
    const inputKey = new Uint8Array(22).fill(0x0b);
    const salt = hex('000102030405060708090a0b0c');
    const info = hex('f0f1f2f3f4f5f6f7f8f9');
    assert.equal(
      show(await crypto.hkdfSha256(inputKey, salt, info, 42)),
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
    assert.deepEqual(
      show(await crypto.hkdfSha256(inputKey, new Uint8Array(0), info, 42)),
      show(await crypto.hkdfSha256(inputKey, new Uint8Array(32), info, 42)),
    );
  });

  test(`${port} seals as AES-256-GCM test case 16 says, and opens again`, async () => {
    const key = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308');
    const nonce = hex('cafebabefacedbaddecaf888');
    const associatedData = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
    const plain =
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39';
    const sealed =
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b';
    const room = hex(plain + '00'.repeat(TAG_BYTES));
    await crypto.sealInPlace(key, nonce, associatedData, room);
    assert.equal(show(room), sealed);
    assert.equal(show(await crypto.open(key, nonce, associatedData, room)), plain);
    assert.equal(show(room), sealed);
  });

  test(`${port} opens nothing that was changed`, async () => {
    const key = new Uint8Array(32);
    const nonce = new Uint8Array(12);
    const none = new Uint8Array(0);
    const sealed = new Uint8Array(40 + TAG_BYTES).fill(7);
    await crypto.sealInPlace(key, nonce, none, sealed);
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice();
      changed[at] = (changed[at] as number) ^ 0x80;
      assert.equal(await crypto.open(key, nonce, none, changed), null);
    }
    assert.equal(await crypto.open(key, nonce, ascii('x'), sealed), null);
    assert.equal(await crypto.open(key, nonce, none, sealed.slice(0, -1)), null);
    assert.equal(await crypto.open(key, nonce, none, new Uint8Array(TAG_BYTES - 1)), null);
  });

  test(`${port} seals nothing at all, too`, async () => {
    const room = new Uint8Array(TAG_BYTES);
    await crypto.sealInPlace(new Uint8Array(32), new Uint8Array(12), ascii('data'), room);
    const args = [new Uint8Array(32), new Uint8Array(12), ascii('data'), room] as const;
    assert.deepEqual(await crypto.open(...args), new Uint8Array(0));
  });

  test(`${port} signs as RFC 8032 §7.1 test 3 says`, async () => {
    const seed = hex('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7');
    const publicKey = hex('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025');
    const signature = hex(
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    );
    assert.deepEqual(await crypto.ed25519PublicKey(seed), publicKey);
    assert.deepEqual(await crypto.ed25519Sign(seed, hex('af82')), signature);
    assert.equal(await crypto.ed25519Verify(publicKey, hex('af82'), signature), true);
    assert.equal(await crypto.ed25519Verify(publicKey, hex('af83'), signature), false);
  });

  for (const { name, publicKey, message, signature, code } of SIGNATURES) {
    const verb = code === undefined ? 'takes' : 'refuses';
    test(`${port} ${verb} a signature: ${name}`, async () => {
      const input = [hex(publicKey), hex(message), hex(signature)] as const;
      assert.equal(await crypto.ed25519Verify(...input), code === undefined);
    });
  }

  test(`${port} refuses keys that are no point, and signatures that were changed or cut`, async () => {
    const identitySignature = hex(`01${'00'.repeat(63)}`);
    const offCurve = hex(`02${'00'.repeat(31)}`);
    assert.equal(await crypto.ed25519Verify(offCurve, ascii('any'), identitySignature), false);
    const seed = new Uint8Array(32).fill(1);
    const publicKey = await crypto.ed25519PublicKey(seed);
    const signature = await crypto.ed25519Sign(seed, ascii('any'));
    const changed = signature.slice();
    changed[63] = 0xff;
    assert.equal(await crypto.ed25519Verify(publicKey, ascii('any'), changed), false);
    assert.equal(await crypto.ed25519Verify(publicKey, ascii('any'), signature.slice(1)), false);
    assert.equal(await crypto.ed25519Verify(publicKey.slice(1), ascii('any'), signature), false);
  });

  test(`${port} draws bytes that differ`, () => {
    assert.equal(crypto.randomBytes(33).length, 33);
    assert.notDeepEqual(crypto.randomBytes(32), crypto.randomBytes(32));
  });

  test(`${port} decompresses what Node compresses`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3000 }), async (plain) => {
        const repeated = new Uint8Array([...plain, ...plain]);
        const stored = nodeCrypto.zstdCompress(repeated, 'fast');
        assert.deepEqual(
          show(await crypto.zstdDecompress(stored, repeated.length)),
          show(repeated),
        );
        assert.equal(await crypto.zstdDecompress(stored, repeated.length + 1), null);
        assert.equal(await crypto.zstdDecompress(stored, repeated.length - 1), null);
      }),
      { numRuns: 50 },
    );
  });

  test(`${port} gives null for what is no zstd frame`, async () => {
    const frame = nodeCrypto.zstdCompress(
      Uint8Array.from({ length: 500 }, (_, i) => i % 23),
      'fast',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(frame.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const changed = frame.slice();
          changed[at] = (changed[at] as number) ^ change;
          const plain = await crypto.zstdDecompress(changed, 500);
          assert.ok(plain === null || plain.length === 500);
        },
      ),
      { numRuns: 300 },
    );
  });
}

test('a megabyte compresses into one frame that both ports open', async () => {
  const plain = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * i) >> 9);
  const stored = nodeCrypto.zstdCompress(plain, 'thorough');
  for (const [, crypto] of PORTS) {
    assert.deepEqual(show(await crypto.zstdDecompress(stored, plain.length)), show(plain));
  }
});

test('what is compressed can be decompressed, also when it just fills the memory for it', () => {
  const noise = new Uint8Array(1280);
  for (let at = 0; at < noise.length; at += 32) {
    noise.set(nodeCrypto.sha256(Uint8Array.of(at / 32)), at);
  }
  let filled = 0;
  for (let length = 1700; length < 1900; length++) {
    const memory = Math.ceil((length * 5) / 8);
    for (let incompressible = memory - 30; incompressible < memory - 10; incompressible++) {
      const plain = new Uint8Array(length);
      plain.set(noise.subarray(0, incompressible));
      const frame = nodeCrypto.zstdCompress(plain, 'fast');
      if (frame.length === memory) filled++;
      assert.deepEqual(nodeCrypto.zstdDecompress(frame, length), plain);
    }
  }
  assert.ok(filled > 0);
});
