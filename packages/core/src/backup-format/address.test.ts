/** Runs vectors/backup-format/addresses.json, blobs.json and pack-index.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { type Address, AddressBook, addressKey, decompressBlob, readAddress } from './address.ts';
import { PACK_BLOBS_MAX, PACK_PARTS_MAX } from './limits.ts';
import { decodePackIndex, encodePackIndex } from './pack-index.ts';

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly value: unknown;
  readonly k: number;
  readonly stored: string;
  readonly plainBytes: number;
  readonly plain: string;
  readonly repeated?: readonly [string, number];
  readonly end?: string;
  readonly code: string;
}

function readVectors(name: string): { cases: Vector[]; failures: Vector[] } {
  const url = new URL(`../../../../vectors/backup-format/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

/** As the vectors write it: bytes as hex. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Uint8Array ? part.toHex() : part,
  );
  return JSON.parse(text);
}

function decodeBook(bytes: Uint8Array): readonly Address[] {
  const reader = new ByteReader(bytes, 'test');
  const addresses = AddressBook.decode(reader);
  reader.end();
  return addresses;
}

function encodeBook(addresses: readonly Address[]): Uint8Array {
  const book = new AddressBook();
  for (const address of addresses) book.number(address);
  const writer = new ByteWriter();
  book.encode(writer);
  return writer.finish();
}

const books = readVectors('addresses');
for (const { name, hex, value } of books.cases) {
  test(`an address book reads and writes the vector: ${name}`, () => {
    const addresses = decodeBook(Uint8Array.fromHex(hex));
    assert.deepEqual(asJson(addresses), value);
    assert.equal(encodeBook(addresses).toHex(), hex);
  });
}
for (const { name, hex, code } of books.failures) {
  test(`an address book refuses the vector: ${name}`, () => {
    assert.throws(() => decodeBook(Uint8Array.fromHex(hex)), { code });
  });
}

const indexes = readVectors('pack-index');
for (const { name, k, hex, value } of indexes.cases) {
  test(`a pack's index reads and writes the vector: ${name}`, () => {
    const index = decodePackIndex(Uint8Array.fromHex(hex), k);
    assert.deepEqual(asJson(index), value);
    assert.equal(encodePackIndex(index).toHex(), hex);
  });
}
for (const { name, k, hex, repeated: [run, times] = ['', 0], end = '', code } of indexes.failures) {
  test(`a pack's index refuses the vector: ${name}`, () => {
    const bytes = Uint8Array.fromHex(`${hex}${run.repeat(times)}${end}`);
    assert.throws(() => decodePackIndex(bytes, k), { code });
  });
}

test('an index of as many parts and blobs as there may be is read', () => {
  const stream = new Uint8Array(16);
  const writer = new ByteWriter(1 << 20).varint(1).raw(stream).varint(PACK_PARTS_MAX);
  for (let i = 0; i < PACK_PARTS_MAX; i++) writer.varint(0).varint(i).varint(1);
  writer.varint(1).raw(stream).varint(PACK_BLOBS_MAX);
  for (let i = 0; i < PACK_BLOBS_MAX; i++) writer.u8(2).varint(0).svarint(0).varint(1);
  const index = decodePackIndex(writer.finish(), 6);
  assert.deepEqual([index.parts.length, index.blobs.length], [PACK_PARTS_MAX, PACK_BLOBS_MAX]);
});

const blobs = readVectors('blobs');
const ports: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];
for (const [port, crypto] of ports) {
  const decompress = async ({ stored, plainBytes }: Vector): Promise<string> => {
    const bytes = Uint8Array.fromHex(stored);
    const lengths = { storedBytes: bytes.length, plainBytes };
    const stream = new Uint8Array(16);
    const address: Address = { kind: 'chunk', stream, offset: 0, ...lengths, compressed: true };
    return new Uint8Array(await decompressBlob(crypto, address, bytes)).toHex();
  };
  for (const vector of blobs.cases) {
    test(`with ${port}, decompressBlob() opens the vector: ${vector.name}`, async () => {
      assert.equal(await decompress(vector), vector.plain);
    });
  }
  for (const vector of blobs.failures) {
    test(`with ${port}, decompressBlob() refuses the vector: ${vector.name}`, async () => {
      await assert.rejects(decompress(vector), { code: vector.code });
    });
  }
}

const address: fc.Arbitrary<Address> = fc
  .record({
    kind: fc.constantFrom('chunk', 'pages', 'node'),
    stream: fc.nat(3).map((i) => new Uint8Array(16).fill(i)),
    offset: fc.oneof(fc.nat(2), fc.integer({ min: 0, max: 2 ** 51 })),
    storedBytes: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 131_072 })),
    more: fc.nat(131_072),
    compressed: fc.boolean(),
  })
  .map(({ more, ...fields }) => ({
    ...fields,
    plainBytes: fields.storedBytes + (fields.compressed ? more : 0),
  }));

test('an address book gives back any addresses, each under its number', () => {
  fc.assert(
    fc.property(fc.array(address, { maxLength: 50 }), (given) => {
      const book = new AddressBook();
      const numbers = given.map((one) => book.number(one));
      const writer = new ByteWriter();
      book.encode(writer);
      const decoded = decodeBook(writer.finish());
      assert.equal(decoded.length, new Set(given.map(addressKey)).size);
      for (const [i, one] of given.entries()) {
        const reader = new ByteReader(
          new ByteWriter().varint(numbers[i] as number).finish(),
          'test',
        );
        assert.deepEqual(readAddress(reader, decoded), one);
      }
      assert.deepEqual(decoded, book.addresses);
    }),
  );
});

test('blobs that follow one another cost few bytes each', () => {
  const stream = new Uint8Array(16);
  const run = Array.from({ length: 100 }, (_, i): Address => {
    const lengths = { storedBytes: 100, plainBytes: 100 };
    return { kind: 'chunk', stream, offset: 100 * i, ...lengths, compressed: false };
  });
  assert.equal(encodeBook(run).length, 1 + 16 + 1 + 100 * 4);
});

test('encodePackIndex() refuses a blob that is there twice, which would shift all names', () => {
  const { parts, blobs: indexed } = decodePackIndex(
    Uint8Array.fromHex(indexes.cases[1]?.hex as string),
    0,
  );
  assert.throws(() => encodePackIndex({ parts, blobs: [...indexed, ...indexed] }), RangeError);
});

test('an address and a part hold on to nothing of what they were read from', () => {
  const bytes = Uint8Array.fromHex(indexes.cases[1]?.hex as string);
  const { parts, blobs: indexed } = decodePackIndex(bytes, 0);
  const streams = [...parts, ...indexed.map((blob) => blob.address)].map(({ stream }) => stream);
  assert.equal(streams.length, 6);
  for (const stream of streams) assert.equal(stream.buffer.byteLength, 16);
  // One copy per stream of each list.
  assert.equal(new Set(streams).size, 4);
});
