/** Runs vectors/backup-format/file-entries.json, table-entries.json and snapshots.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Address, AddressBook } from './address.ts';
import {
  chunkKey,
  decodeChunkEntry,
  decodeFileEntry,
  encodeChunkValue,
  encodeFileEntry,
} from './file-entry.ts';
import { decodePageEntry, decodePageKey, encodePageEntry, pageKey } from './page-entry.ts';
import { decodePathKey, encodePathKey, isSafeName, isWithin } from './path-key.ts';
import { decodeRoot, encodeRoot } from './root.ts';
import { decodeSegment, encodeSegmentValue, segmentKey } from './segment-entry.ts';
import {
  decodeSnapshotEntry,
  decodeSnapshotKey,
  encodeSnapshotEntry,
  snapshotKey,
} from './snapshot-entry.ts';

interface Vector {
  readonly kind: keyof typeof CODECS;
  readonly name: string;
  readonly addresses?: readonly (Omit<Address, 'stream'> & { readonly stream: string })[];
  readonly key?: string;
  readonly hex?: string;
  readonly value: unknown;
  readonly code: string;
}

interface Encoded {
  readonly key?: Uint8Array;
  readonly hex?: Uint8Array;
}

/** Decodes a vector's key and value; encodes what it found again. */
type Codec = (
  addresses: readonly Address[],
  key: Uint8Array,
  bytes: Uint8Array,
  book: AddressBook,
) => { readonly value: unknown; readonly encoded: Encoded };

const PAGE_BYTES = 4096;

const CODECS = {
  file(addresses, _key, bytes, book) {
    const value = decodeFileEntry(addresses, bytes);
    return { value, encoded: { hex: encodeFileEntry(book, value) } };
  },
  path(_addresses, key) {
    const value = decodePathKey(key);
    return { value, encoded: { key: encodePathKey(value) } };
  },
  'page-key': (_addresses, key) => {
    const value = decodePageKey(key);
    return { value, encoded: { key: pageKey(value) } };
  },
  page(addresses, _key, bytes, book) {
    const value = decodePageEntry(addresses, bytes, PAGE_BYTES);
    return { value, encoded: { hex: encodePageEntry(book, value) } };
  },
  chunk(addresses, key, bytes, book) {
    const value = decodeChunkEntry(addresses, key, bytes);
    const encoded = { key: chunkKey(value.fileOffset), hex: encodeChunkValue(book, value) };
    return { value, encoded };
  },
  segment(_addresses, key, bytes) {
    const value = decodeSegment(key, bytes);
    const encoded = {
      key: segmentKey(value.stream, value.start),
      hex: encodeSegmentValue(value),
    };
    return { value, encoded };
  },
  'snapshot-key': (_addresses, _key, bytes) => {
    const value = decodeSnapshotKey(bytes);
    return { value, encoded: { hex: snapshotKey(value) } };
  },
  snapshot(addresses, _key, bytes, book) {
    const value = decodeSnapshotEntry(addresses, bytes);
    return { value, encoded: { hex: encodeSnapshotEntry(book, value) } };
  },
  root(_addresses, _key, bytes) {
    const value = decodeRoot(bytes);
    return { value, encoded: { hex: encodeRoot(value) } };
  },
} satisfies Record<string, Codec>;

function readVectors(name: string): { cases: Vector[]; failures: Vector[] } {
  const url = new URL(`../../../../vectors/backup-format/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

/** As the vectors write it: bytes as hex, 64-bit integers as decimal text. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    return part instanceof Uint8Array ? part.toHex() : part;
  });
  return JSON.parse(text);
}

function run(vector: Vector) {
  const addresses = (vector.addresses ?? []).map(
    (address): Address => ({ ...address, stream: Uint8Array.fromHex(address.stream) }),
  );
  const book = new AddressBook();
  for (const address of addresses) book.number(address);
  const key = Uint8Array.fromHex(vector.key ?? '');
  const codec: Codec = CODECS[vector.kind];
  return codec(addresses, key, Uint8Array.fromHex(vector.hex ?? ''), book);
}

for (const file of ['file-entries', 'table-entries', 'snapshots']) {
  const { cases, failures } = readVectors(file);
  for (const vector of cases) {
    test(`the ${vector.kind} of the vector reads and writes: ${vector.name}`, () => {
      const { value, encoded } = run(vector);
      assert.deepEqual(asJson(value), vector.value);
      assert.equal(encoded.hex?.toHex(), vector.hex);
      if (encoded.key !== undefined) assert.equal(encoded.key.toHex(), vector.key);
    });
  }
  for (const vector of failures) {
    test(`the ${vector.kind} of the vector is refused: ${vector.name}`, () => {
      assert.throws(() => run(vector), { name: 'HoldfastError', code: vector.code });
    });
  }
}

const safeName = fc.uint8Array({ minLength: 1, maxLength: 10 }).filter(isSafeName);
const path = fc.array(safeName, { minLength: 1, maxLength: 5 });

test('a path survives as a key, and lies within each of its folders and no other path', () => {
  fc.assert(
    fc.property(path, path, (names, others) => {
      const key = encodePathKey(names);
      assert.deepEqual(decodePathKey(key), names);
      for (let depth = 1; depth <= names.length; depth++) {
        assert.ok(isWithin(key, encodePathKey(names.slice(0, depth))));
      }
      const shares = others.every(
        (name, i) => Buffer.compare(name, names[i] ?? new Uint8Array()) === 0,
      );
      assert.equal(isWithin(key, encodePathKey(others)), shares);
    }),
  );
});

test('a folder is followed by all that is in it', () => {
  fc.assert(
    fc.property(path, safeName, path, (folder, name, other) => {
      const keys = [folder, [...folder, name], other].map(encodePathKey);
      const [top, inside, third] = keys as [Uint8Array, Uint8Array, Uint8Array];
      const isBetween = Buffer.compare(top, third) < 0 && Buffer.compare(third, inside) < 0;
      if (isBetween) assert.ok(isWithin(third, top));
    }),
  );
});

test('no name that leads anywhere but one step down is safe', () => {
  for (const name of ['', '.', '..', '/', 'a/b', '/etc', 'a\0b', '\0']) {
    assert.ok(!isSafeName(new TextEncoder().encode(name)), JSON.stringify(name));
  }
  for (const name of ['...', '.a', '..a', 'a.', ' ', '-', '~', '\\', 'é']) {
    assert.ok(isSafeName(new TextEncoder().encode(name)), name);
  }
});

test('encodePathKey() refuses a path over 32 KiB', () => {
  const long = new Uint8Array(16_384).fill(0x61);
  assert.throws(() => encodePathKey([long, long]), { code: 'limit-exceeded' });
  assert.equal(encodePathKey([long, long.subarray(1)]).length, 32_768);
});
