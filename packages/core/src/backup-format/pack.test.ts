/** Runs vectors/backup-format/pack.json on both crypto ports; every flipped byte is noticed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { HoldfastError } from '../errors/index.ts';
import { Secret } from '../secret/index.ts';
import { Keyring } from './keyring.ts';
import { FRAME_BYTES } from './limits.ts';
import { derivePackKeys, openFrames, type PackRef, parsePackHeader, sealPack } from './pack.ts';
import { decodePackIndex, packIndexOffset } from './pack-index.ts';
import { forEachStretch, packBytes, packContentBytes } from './pack-layout.ts';

type Json<T> = { [Key in keyof T]: T[Key] extends Uint8Array ? string : T[Key] };

interface Run {
  readonly offset: number;
  readonly hex?: string;
  readonly lengthBytes?: number;
  readonly modulo?: number;
}

interface Vector {
  readonly name: string;
  readonly firstFrame: number;
  readonly frames: number;
  readonly pack?: Pick<Json<PackRef>, 'salt' | 'epoch' | 'k'>;
  readonly patches?: readonly (readonly [number, string])[];
  readonly copies?: readonly (readonly [number, number, number])[];
  readonly cutBytes?: number;
  readonly header?: string;
  readonly code: string;
}

interface Vectors {
  readonly given: {
    readonly epochKeys: readonly string[];
    readonly pack: Json<PackRef>;
    readonly header: string;
    readonly content: readonly Run[];
    readonly contentSha256: string;
    readonly frameTags: readonly string[];
    readonly indexOffset: number;
    readonly parts: readonly { stream: string; start: number; lengthBytes: number }[];
  };
  readonly cases: readonly Vector[];
  readonly failures: readonly Vector[];
}

const url = new URL('../../../../vectors/backup-format/pack.json', import.meta.url);
const { given, cases, failures }: Vectors = JSON.parse(readFileSync(url, 'utf8'));
const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text);
const show = (bytes: Uint8Array): string => new Uint8Array(bytes).toHex();
const keyring = new Keyring(given.epochKeys.map((key) => new Secret(hex(key))));
const pack: PackRef = {
  ...given.pack,
  name: hex(given.pack.name),
  salt: hex(given.pack.salt),
};

function vectorContent(): Uint8Array {
  const content = new Uint8Array(packContentBytes(0));
  for (const { offset, hex: text, lengthBytes = 0, modulo = 1 } of given.content) {
    const run = text === undefined ? null : hex(text);
    content.set(run ?? Uint8Array.from({ length: lengthBytes }, (_, i) => i % modulo), offset);
  }
  return content;
}

function placeContent(content: Uint8Array, k: number): Uint8Array {
  const object = new Uint8Array(packBytes(k));
  forEachStretch(0, content.length, (at, done, length) => {
    object.set(content.subarray(done, done + length), at);
  });
  return object;
}

async function sealVector(crypto: CryptoPort): Promise<Uint8Array> {
  const object = placeContent(vectorContent(), 0);
  assert.deepEqual(
    await sealPack({ ...crypto, randomBytes: () => pack.salt }, keyring, 0, object),
    {
      ...pack,
      name: await crypto.sha256(object),
    },
  );
  return object;
}

/** The stored bytes that a vector reads, changed as it says. */
function readVector(object: Uint8Array, vector: Vector): Uint8Array {
  const changed = object.slice();
  for (const [from, to, length] of vector.copies ?? []) {
    changed.set(object.subarray(from, from + length), to);
  }
  for (const [at, text] of vector.patches ?? []) changed.set(hex(text), at);
  const from = vector.firstFrame * FRAME_BYTES;
  return changed.slice(from, from + vector.frames * FRAME_BYTES - (vector.cutBytes ?? 0));
}

for (const [port, crypto] of PORTS) {
  test(`with ${port}, sealPack() makes the pack of the vectors`, async () => {
    assert.equal(show(await crypto.sha256(vectorContent())), given.contentSha256);
    const object = await sealVector(crypto);
    assert.equal(show(await crypto.sha256(object)), given.pack.name);
    assert.equal(show(object.subarray(0, 80)), given.header);
    for (const [frame, tag] of given.frameTags.entries()) {
      const end = (frame + 1) * FRAME_BYTES;
      assert.equal(show(object.subarray(end - 16, end)), tag);
    }
  });

  for (const vector of cases) {
    test(`with ${port}, openFrames() opens ${vector.name}`, async () => {
      const bytes = readVector(await sealVector(crypto), vector);
      await openFrames(
        crypto,
        await derivePackKeys(crypto, keyring, pack),
        vector.firstFrame,
        bytes,
      );
      const plain = placeContent(vectorContent(), 0);
      for (let i = 0; i < vector.frames; i++) {
        const from = i === 0 && vector.firstFrame === 0 ? 80 : i * FRAME_BYTES;
        const end = (i + 1) * FRAME_BYTES - 16;
        const at = vector.firstFrame * FRAME_BYTES;
        assert.equal(
          Buffer.compare(bytes.subarray(from, end), plain.subarray(at + from, at + end)),
          0,
        );
      }
    });
  }

  for (const vector of failures) {
    test(`with ${port}, a reader of packs refuses: ${vector.name}`, async () => {
      if (vector.header !== undefined) {
        const header = hex(vector.header);
        assert.throws(() => parsePackHeader(header), { code: vector.code });
        return;
      }
      const { salt, epoch, k } = vector.pack ?? given.pack;
      const bytes = readVector(await sealVector(crypto), vector);
      const open = async (): Promise<void> => {
        const keys = await derivePackKeys(crypto, keyring, { salt: hex(salt), epoch, k });
        await openFrames(crypto, keys, vector.firstFrame, bytes);
      };
      await assert.rejects(open(), { name: 'HoldfastError', code: vector.code });
    });
  }
}

test('the index of the vector pack says what the vector says', () => {
  const content = vectorContent();
  const offset = packIndexOffset(content.subarray(-4), 0);
  assert.equal(offset, given.indexOffset);
  const { parts, blobs } = decodePackIndex(content.subarray(offset, -4), 0);
  assert.deepEqual(
    parts.map((part) => ({ ...part, stream: show(part.stream) })),
    given.parts,
  );
  assert.deepEqual(
    blobs.map(({ address }) => address.kind),
    ['chunk', 'chunk', 'chunk', 'pages'],
  );
});

test('any flipped byte of a pack is noticed when it is read whole', async () => {
  const object = await sealVector(nodeCrypto);
  const keys = await derivePackKeys(nodeCrypto, keyring, pack);
  await fc.assert(
    fc.asyncProperty(fc.nat(object.length - 1), fc.nat(7), async (at, bit) => {
      const changed = object.slice();
      changed[at] = (changed[at] as number) ^ (1 << bit);
      await assert.rejects(openFrames(nodeCrypto, keys, 0, changed), { code: 'damaged' });
      const frame = Math.floor(at / FRAME_BYTES);
      const alone = changed.slice(frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES);
      alone[at % FRAME_BYTES] = changed[at] as number;
      await assert.rejects(openFrames(nodeCrypto, keys, frame, alone), { code: 'damaged' });
    }),
    { numRuns: process.env.SLOW === '1' ? 5000 : 60 },
  );
});

test('any flipped byte of the header is noticed when the first frame is read', async () => {
  const object = await sealVector(nodeCrypto);
  const keys = await derivePackKeys(nodeCrypto, keyring, pack);
  for (let at = 0; at < 80; at++) {
    const changed = object.slice(0, FRAME_BYTES);
    changed[at] = (changed[at] as number) ^ 1;
    await assert.rejects(openFrames(nodeCrypto, keys, 0, changed), { code: 'damaged' });
  }
});

test('sealPack() never seals two packs under the same key', async () => {
  const [one, two] = await Promise.all(
    [0, 1].map(() => sealPack(nodeCrypto, keyring, 0, new Uint8Array(packBytes(0)))),
  );
  assert.notDeepEqual(one?.salt, two?.salt);
  assert.notDeepEqual(one?.name, two?.name);
});

test('sealPack() seals under the newest epoch, and refuses an object of another length', async () => {
  const ref = await sealPack(nodeCrypto, keyring, 0, new Uint8Array(packBytes(0)));
  assert.equal(ref.epoch, keyring.newestEpoch);
  await assert.rejects(sealPack(nodeCrypto, keyring, 1, new Uint8Array(packBytes(0))), RangeError);
});

test('parsePackHeader() reads any bytes or says that they are damaged', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, withMagic) => {
      const header = withMagic
        ? new Uint8Array([...hex(given.header).slice(0, 8), ...bytes])
        : bytes;
      try {
        const { salt, k } = parsePackHeader(header);
        assert.equal(salt.length, 32);
        assert.ok(k <= 6);
      } catch (error) {
        assert.ok(error instanceof HoldfastError);
      }
    }),
  );
});
