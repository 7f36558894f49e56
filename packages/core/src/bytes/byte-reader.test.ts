/** Runs vectors/backup-format/integers.json through reader and writer, and more by chance. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { HoldfastError } from '../errors/index.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

type Kind = 'varint' | 'svarint' | 'u32' | 'u64' | 'i64' | 'bytes' | 'text';

interface Vector {
  readonly name?: string;
  readonly kind: Kind;
  readonly value: number | string;
  readonly hex: string;
  readonly code?: string;
}

const MOST_BYTES = 1024;

const url = new URL('../../../../vectors/backup-format/integers.json', import.meta.url);
const vectors: { cases: Vector[]; failures: Vector[] } = JSON.parse(readFileSync(url, 'utf8'));

function read(kind: Kind, bytes: Uint8Array): number | string {
  const reader = new ByteReader(bytes, 'test');
  let value: number | bigint | Uint8Array | string;
  if (kind === 'bytes' || kind === 'text') value = reader[kind](MOST_BYTES);
  else value = reader[kind]();
  reader.end();
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? value.toHex() : value;
}

function write({ kind, value }: Vector): string {
  const writer = new ByteWriter();
  if (kind === 'text') writer.text(value as string);
  else if (kind === 'bytes') writer.bytes(Uint8Array.fromHex(value as string));
  else if (kind === 'u64' || kind === 'i64') writer[kind](BigInt(value));
  else writer[kind](value as number);
  return writer.finish().toHex();
}

for (const vector of vectors.cases) {
  test(`ByteReader and ByteWriter agree on the ${vector.kind} ${vector.value}`, () => {
    assert.equal(read(vector.kind, Uint8Array.fromHex(vector.hex)), vector.value);
    assert.equal(write(vector), vector.hex);
  });
}
for (const vector of vectors.failures) {
  test(`ByteReader refuses the ${vector.kind}: ${vector.name}`, () => {
    assert.throws(() => read(vector.kind, Uint8Array.fromHex(vector.hex)), { code: vector.code });
  });
}

test('every varint has one encoding: what can be read is written again the same', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(bytes, (given) => {
      for (const kind of ['varint', 'svarint'] as const) {
        const reader = new ByteReader(given, 'test');
        let value: number;
        try {
          value = reader[kind]();
        } catch (error) {
          assert.ok(error instanceof HoldfastError && error.code === 'damaged');
          continue;
        }
        const readBytes = given.length - reader.remaining;
        assert.deepEqual(new ByteWriter()[kind](value).finish(), given.slice(0, readBytes));
      }
    }),
  );
});

test('integers of every size survive being written and read', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (unsigned, signed, wide) => {
        const bytes = new ByteWriter().varint(unsigned).svarint(signed).i64(wide).finish();
        const reader = new ByteReader(bytes, 'test');
        assert.equal(reader.varint(), unsigned);
        assert.equal(reader.svarint(), signed);
        assert.equal(reader.i64(), wide);
        reader.end();
      },
    ),
  );
});

test('texts survive being written and read, byte order marks too', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
      const reader = new ByteReader(new ByteWriter().text(text).finish(), 'test');
      assert.equal(reader.text(100_000), text);
    }),
  );
});

test('a varint above the limit that its place sets is damage', () => {
  assert.equal(new ByteReader(new Uint8Array([9]), 'test').varint(9), 9);
  assert.throws(() => new ByteReader(new Uint8Array([9]), 'test').varint(8), { code: 'damaged' });
});

test('what ByteReader gives of a Buffer can be copied with slice()', () => {
  const buffer = Buffer.from([1, 2, 3, 4]);
  const copy = new ByteReader(buffer, 'test').raw(4).slice();
  buffer.fill(0);
  assert.deepEqual(copy, new Uint8Array([1, 2, 3, 4]));
});

test('zeros() accepts zeros only', () => {
  new ByteReader(new Uint8Array(100), 'test').zeros();
  new ByteReader(new Uint8Array(0), 'test').zeros();
  const one = new Uint8Array(100);
  one[99] = 1;
  assert.throws(() => new ByteReader(one, 'test').zeros(), { code: 'damaged' });
});

test('ByteWriter gives what fills it exactly, and writes no more to that', () => {
  const writer = new ByteWriter(4);
  const bytes = writer.u32(7).finish();
  assert.equal(bytes.buffer.byteLength, 4);
  assert.deepEqual(writer.u32(9).finish(), new Uint8Array([0, 0, 0, 9]));
  assert.deepEqual(bytes, new Uint8Array([0, 0, 0, 7]));
});

test('clear() drops what was written', () => {
  assert.deepEqual(new ByteWriter().u32(7).clear().u8(1).finish(), new Uint8Array([1]));
});

test('ByteWriter refuses what it could only write wrongly', () => {
  const writer = new ByteWriter();
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) {
    assert.throws(() => writer.varint(value), RangeError);
    assert.throws(() => writer.u32(value), RangeError);
  }
  assert.throws(() => writer.u32(2 ** 32), RangeError);
  assert.throws(() => writer.svarint(2 ** 52), RangeError);
  assert.equal(writer.lengthBytes, 0);
});

test('ByteWriter grows as far as it must, and is empty after finish()', () => {
  const writer = new ByteWriter(1);
  const long = Uint8Array.from({ length: 5000 }, (_, i) => i % 256);
  const bytes = writer.u8(7).raw(long).u32(1).finish();
  assert.equal(writer.lengthBytes, 0);
  assert.deepEqual(writer.u8(9).finish(), new Uint8Array([9]));
  assert.equal(bytes.length, 5005);
  assert.deepEqual(bytes.slice(1, 5001), long);
});
