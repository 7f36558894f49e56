/**
 * Runs vectors/backup-format/table-nodes.json, table-stacks.json and index-lookups.json. Stacks and
 * lookups are read by the shortest code that follows the spec: reading them fast is the client's.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareBytes } from '../bytes/index.ts';
import { HoldfastError } from '../errors/index.ts';
import { NODE_MAX_BYTES, VALUE_MAX_BYTES } from './limits.ts';
import { decodeSegment, type Segment } from './segment-entry.ts';
import { childAddress, decodeTableNode, type TableEntry, TableNodeWriter } from './table-node.ts';

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly value: unknown;
  readonly children?: readonly unknown[];
  readonly child?: number;
  readonly layers: readonly string[];
  readonly view: readonly { key: string; value: string }[];
  readonly key: string;
  readonly stream: string;
  readonly offset: number;
  readonly lengthBytes: number;
  readonly ranges: readonly unknown[];
  readonly code: string;
}

interface VectorFile {
  readonly given: { readonly layers: string[]; readonly headSegments: unknown[] };
  readonly cases: readonly Vector[];
  readonly failures: readonly Vector[];
}

function readVectors(name: string): VectorFile {
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

const nodes = readVectors('table-nodes');
for (const { name, hex, value, children } of nodes.cases) {
  test(`a table node reads and writes the vector: ${name}`, () => {
    const node = decodeTableNode(Uint8Array.fromHex(hex));
    assert.deepEqual(asJson(node), value);
    const found = children && node.entries.map((entry) => childAddress(node, entry));
    assert.deepEqual(found && asJson(found), children);
    const writer = new TableNodeWriter(node.height);
    for (const address of node.addresses) writer.book.number(address);
    for (const entry of node.entries) writer.add(entry.key, entry.value);
    assert.equal(writer.finish().toHex(), hex);
  });
}
for (const { name, hex, child, code } of nodes.failures) {
  test(`a table node refuses the vector: ${name}`, () => {
    const bytes = Uint8Array.fromHex(hex);
    if (child === undefined) {
      assert.throws(() => decodeTableNode(bytes), { code });
      return;
    }
    const node = decodeTableNode(bytes);
    assert.throws(() => childAddress(node, node.entries[child] as TableEntry), { code });
  });
}

/** What a reader sees of layers, oldest first, each one leaf. */
function viewOf(layers: readonly string[]): Map<string, Uint8Array> {
  const view = new Map<string, Uint8Array>();
  for (const layer of layers) {
    for (const { key, value } of decodeTableNode(Uint8Array.fromHex(layer)).entries) {
      if (value.length === 0) view.delete(key.toHex());
      else view.set(key.toHex(), value);
    }
  }
  return view;
}

const stacks = readVectors('table-stacks');
for (const { name, layers, view } of stacks.cases) {
  test(`a stack of layers reads as the vector says: ${name}`, () => {
    const seen = [...viewOf(layers)].map(([key, value]) => ({ key, value: value.toHex() }));
    assert.deepEqual(
      seen.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      view,
    );
  });
}
for (const { name, layers, key } of stacks.failures) {
  test(`a stack of layers does not hold the key of the vector: ${name}`, () => {
    assert.equal(viewOf(layers).get(key), undefined);
  });
}

const lookups = readVectors('index-lookups');

function segmentsOf(): Pick<
  Segment,
  'stream' | 'start' | 'lengthBytes' | 'contentOffset' | 'pack'
>[] {
  const segments = [...viewOf(lookups.given.layers)].map(([key, value]) =>
    decodeSegment(Uint8Array.fromHex(key), value),
  );
  const ofHead = lookups.given.headSegments as { stream: string; pack: { name: string } }[];
  const others = ofHead.map(({ stream, pack, ...rest }) => ({
    ...(rest as unknown as Segment),
    stream: Uint8Array.fromHex(stream),
    pack: { ...(pack as unknown as Segment['pack']), name: Uint8Array.fromHex(pack.name) },
  }));
  return [...others, ...segments];
}

function resolve({ stream, offset, lengthBytes }: Vector): unknown[] {
  const ranges: unknown[] = [];
  const own = segmentsOf().filter((segment) => segment.stream.toHex() === stream);
  own.sort((a, b) => b.start - a.start);
  for (let at = offset; at < offset + lengthBytes; ) {
    const segment = own.find(({ start }) => start <= at);
    const end = Math.min((segment?.start ?? 0) + (segment?.lengthBytes ?? 0), offset + lengthBytes);
    if (segment === undefined || end <= at) {
      throw new HoldfastError('damaged', 'Cannot find a blob: the index does not know where it is');
    }
    const contentOffset = segment.contentOffset + at - segment.start;
    ranges.push({ pack: segment.pack.name.toHex(), contentOffset, lengthBytes: end - at });
    at = end;
  }
  return ranges;
}

for (const vector of lookups.cases) {
  test(`an address is looked up as the vector says: ${vector.name}`, () => {
    assert.deepEqual(resolve(vector), vector.ranges);
  });
}
for (const vector of lookups.failures) {
  test(`an address is not found, as the vector says: ${vector.name}`, () => {
    assert.throws(() => resolve(vector), { code: vector.code });
  });
}

test('a node gives back any entries', () => {
  const fields = { key: fc.uint8Array({ maxLength: 40 }), value: fc.uint8Array() };
  const entry = fc.record(fields, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 60 }), fc.nat(7), (given, height) => {
      const byKey = new Map(given.map((one) => [one.key.toHex(), one]));
      const entries = [...byKey.values()].sort((a, b) => compareBytes(a.key, b.key));
      const writer = new TableNodeWriter(height);
      for (const { key, value } of entries) writer.add(key, value);
      assert.equal(writer.count, entries.length);
      assert.deepEqual(writer.firstKey, entries[0]?.key);
      const node = decodeTableNode(writer.finish());
      assert.deepEqual(node, { height, addresses: [], entries });
    }),
  );
});

test('a node writer refuses keys that do not rise and values beyond the limits', () => {
  const writer = new TableNodeWriter(0);
  const value = new Uint8Array(1);
  writer.add(new Uint8Array([5]), value);
  assert.throws(() => writer.add(new Uint8Array([5]), value), RangeError);
  assert.throws(() => writer.add(new Uint8Array([4, 9]), value), RangeError);
  assert.throws(() => writer.add(new Uint8Array(0), value), RangeError);
  assert.throws(() => writer.add(new Uint8Array(32_769).fill(9), value), RangeError);
  assert.throws(
    () => writer.add(new Uint8Array([6]), new Uint8Array(VALUE_MAX_BYTES + 1)),
    RangeError,
  );
  writer.add(new Uint8Array([5, 0]), value);
  assert.equal(writer.count, 2);
});

test('a node writer does not keep the memory of the keys it was given', () => {
  const writer = new TableNodeWriter(0);
  const key = Buffer.from([1, 1]);
  writer.add(key, new Uint8Array(1));
  key.fill(9);
  writer.add(new Uint8Array([2]), new Uint8Array(1));
  assert.deepEqual(writer.firstKey, new Uint8Array([1, 1]));
});

test('a node writer refuses a node that readers would refuse', () => {
  const writer = new TableNodeWriter(0);
  const value = new Uint8Array(VALUE_MAX_BYTES);
  for (let i = 0; i <= NODE_MAX_BYTES / VALUE_MAX_BYTES; i++)
    writer.add(new Uint8Array([i]), value);
  assert.throws(() => writer.finish(), RangeError);
});
