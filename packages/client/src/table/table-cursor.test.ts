import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Address, Table } from '@holdfast/core/backup-format';
import { TableNodeWriter } from '@holdfast/core/backup-format';
import { compareBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import fc from 'fast-check';
import { BlobsInMemory } from '../fixture/blobs-in-memory.ts';
import type { KeyRange } from './assert-fits.ts';
import { compactTable, mergeLayers, TOMBSTONE } from './compact-table.ts';
import type { ReadBlob } from './layer-cursor.ts';
import { recodeSegment } from './recode.ts';
import { TableBuilder } from './table-builder.ts';
import { findEntry, readTable, TableCursor } from './table-cursor.ts';

const numRuns = process.env.SLOW === '1' ? 2000 : 150;

/** Keys as hex; an empty value is a tombstone. */
type Layer = ReadonlyMap<string, string>;

const key = fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => hex(bytes));
const value = fc.oneof(
  { weight: 1, arbitrary: fc.constant('') },
  { weight: 3, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 8 }).map(hex) },
  // So long that a node holds few of them, and the tree grows in height.
  { weight: 1, arbitrary: fc.constantFrom('aa'.repeat(20_000), 'bb'.repeat(30_000)) },
);
const layer = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 30 }).map(sorted);
const layers = fc.array(layer, { maxLength: 5 });

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

function sorted(entries: readonly (readonly [string, string])[]): Layer {
  const unique = [...new Map(entries)];
  return new Map(unique.sort(([a], [b]) => compareBytes(bytes(a), bytes(b))));
}

async function write(blobs: BlobsInMemory, entries: Layer) {
  const builder = new TableBuilder(blobs.write);
  for (const [k, v] of entries) await builder.add(bytes(k), () => bytes(v));
  const written = await builder.finish();
  assert.equal(written?.entries ?? 0, entries.size);
  return written;
}

async function build(blobs: BlobsInMemory, all: readonly Layer[]): Promise<Table> {
  const table = await Promise.all(all.map((entries) => write(blobs, entries)));
  return table.filter((one) => one !== null);
}

/** What all layers together say. */
function model(all: readonly Layer[], options: { tombstones?: boolean } = {}): Layer {
  const merged = sorted(all.flatMap((entries) => [...entries]));
  return new Map([...merged].filter(([, v]) => options.tombstones || v !== ''));
}

async function readAll(blobs: BlobsInMemory, table: Table): Promise<Layer> {
  const rows = await readTable(blobs.read, table);
  return new Map(rows.map((row) => [hex(row.key), hex(row.value)]));
}

describe('a table', () => {
  test('reads as the layers say, newest first', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async (all) => {
        const blobs = new BlobsInMemory();
        const table = await build(blobs, all);
        assert.deepEqual(await readAll(blobs, table), model(all));
      }),
      { numRuns },
    );
  });

  test('reads from any key on, with tombstones when they are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(layers, key, fc.boolean(), async (all, from, tombstones) => {
        const blobs = new BlobsInMemory();
        const table = await build(blobs, all);
        const cursor = new TableCursor(blobs.read, table, { from: bytes(from), tombstones });
        const rows = new Map<string, string>();
        while (await cursor.fill()) {
          for (let row = cursor.peek(); row !== undefined; row = cursor.peek()) {
            rows.set(hex(row.key), hex(row.value));
            cursor.skip();
          }
        }
        assert.equal(await cursor.next(), null);
        const expected = [...model(all, { tombstones })].filter(
          ([k]) => compareBytes(bytes(k), bytes(from)) >= 0,
        );
        assert.deepEqual([...rows], expected);
      }),
      { numRuns },
    );
  });

  test('finds a key, and only that', async () => {
    await fc.assert(
      fc.asyncProperty(layers, key, async (all, wanted) => {
        const blobs = new BlobsInMemory();
        const table = await build(blobs, all);
        const expected = model(all);
        for (const k of [wanted, ...expected.keys()]) {
          const found = await findEntry(blobs.read, table, bytes(k));
          assert.equal(found === null ? undefined : hex(found.value), expected.get(k));
        }
      }),
      { numRuns },
    );
  });

  test('says the same after any of its layers were merged', async () => {
    await fc.assert(
      fc.asyncProperty(layers, fc.nat(5), async (all, cut) => {
        const blobs = new BlobsInMemory();
        const table = await build(blobs, all);
        assert.deepEqual(
          await readAll(blobs, await compactTable(blobs.read, blobs.write, table, recodeSegment)),
          model(all),
        );
        const older = table.slice(0, cut);
        const options = { tombstones: older.length > 0 };
        const newer = table.slice(cut);
        const merged = await mergeLayers(blobs.read, blobs.write, newer, recodeSegment, options);
        const after = merged === null ? older : [...older, merged];
        assert.deepEqual(await readAll(blobs, after), model(all));
        if (older.length === 0) assert.equal(merged?.entries ?? 0, model(all).size);
      }),
      { numRuns },
    );
  });

  test('costs a look at one node per level to read from a key', async () => {
    const blobs = new BlobsInMemory();
    const keys = Array.from({ length: 60_000 }, (_, i) => i.toString(16).padStart(8, '0'));
    const table = await build(blobs, [sorted(keys.map((k) => [k, 'aa'.repeat(40)]))]);
    const [only] = table;
    assert.ok((only?.height ?? 0) >= 1);
    for (const k of [keys[0], keys[31_234], keys.at(-1)]) {
      blobs.reads = 0;
      assert.ok((await findEntry(blobs.read, table, bytes(k as string))) !== null);
      assert.equal(blobs.reads, (only?.height ?? 0) + 1);
    }
    assert.equal(await findEntry(blobs.read, table, bytes('ffffffff')), null);
  });
});

describe('compactTable()', () => {
  test('keeps few layers over two hundred days, and rewrites little', async () => {
    const blobs = new BlobsInMemory();
    const state = new Map<string, string>();
    let table: Table = [];
    let changedBytes = 0;
    let most = 0;
    for (let day = 0; day < 200; day++) {
      const changes = new Map<string, string>();
      const count = day === 0 ? 20_000 : 50 + (day % 7) * 20;
      for (let i = 0; i < count; i++) {
        const k = ((day * 7919 + i * 104_729) % 50_000).toString(16).padStart(8, '0');
        const isGone = day > 0 && i % 10 === 0;
        changes.set(k, isGone ? '' : hex(Buffer.from(`entry ${day} ${i} `.repeat(4))));
      }
      table = await compactTable(blobs.read, blobs.write, table, recodeSegment);
      const before = blobs.writtenBytes;
      const newest = await write(blobs, sorted([...changes]));
      changedBytes += blobs.writtenBytes - before;
      if (newest !== null) table = [...table, newest];
      for (const [k, v] of changes) {
        if (v === '') state.delete(k);
        else state.set(k, v);
      }
      most = Math.max(most, table.length);
      if (day % 50 === 49) assert.deepEqual(await readAll(blobs, table), sorted([...state]));
    }
    assert.ok(most <= 12, `${most} layers`);
    const rewritten = blobs.writtenBytes / changedBytes;
    assert.ok(rewritten < 5, `every byte was written ${rewritten.toFixed(1)} times`);
  });

  test('forgets what is gone once nothing older can show through', async () => {
    const blobs = new BlobsInMemory();
    const gone = await build(blobs, [new Map([['aa', '01']]), new Map([['aa', '']])]);
    assert.deepEqual(await compactTable(blobs.read, blobs.write, gone, recodeSegment), []);
    assert.equal(TOMBSTONE.length, 0);
  });
});

test('a cursor that goes past broken nodes tells which keys it knows nothing of', async () => {
  await fc.assert(
    fc.asyncProperty(
      layers,
      fc.array(fc.nat(40), { maxLength: 3 }),
      key,
      async (all, places, from) => {
        const blobs = new BlobsInMemory();
        const table = await build(blobs, all);
        const read: ReadBlob = async (address) => {
          if (places.includes(address.offset)) throw new HoldfastError('damaged', 'Cannot read it');
          return await blobs.read(address);
        };
        const ranges: KeyRange[] = [];
        const onBroken = (range: KeyRange): void => void ranges.push(range);
        const cursor = new TableCursor(read, table, { from: bytes(from), onBroken });
        const found = new Map<string, string>();
        for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
          found.set(hex(row.key), hex(row.value));
        }
        const isTold = (one: string): boolean =>
          ranges.some(
            (range) =>
              (range.from === null || compareBytes(range.from, bytes(one)) <= 0) &&
              (range.to === null || compareBytes(bytes(one), range.to) < 0),
          );
        const expected = [...model(all)].filter(
          ([one]) => compareBytes(bytes(one), bytes(from)) >= 0,
        );
        const known = expected.filter(([one]) => !isTold(one));
        assert.deepEqual(
          [...found].filter(([one]) => !isTold(one)),
          known,
        );
        if (places.length === 0) assert.deepEqual(ranges, []);
      },
    ),
    { numRuns },
  );
});

test('a tree whose children share keys is refused before it is read again and again', async () => {
  const blobs = new BlobsInMemory();
  const height = 7;
  const write = async (at: number, first: number, children: readonly Address[]) => {
    const writer = new TableNodeWriter(at);
    for (const i of [0, 1]) {
      const child = children[first + i];
      const number = child === undefined ? 1 : writer.book.number(child);
      writer.add(Uint8Array.of(first + i), Uint8Array.of(number));
    }
    return await blobs.write(writer.finish());
  };
  // Node k of a level names nodes k and k + 1 of the level below: few nodes, 2^7 ways through them.
  let level: readonly Address[] = [];
  for (let at = 0; at <= height; at++) {
    const firsts = Array.from({ length: height + 1 - at }, (_, i) => i);
    level = await Promise.all(firsts.map((first) => write(at, first, level)));
  }
  const layer = { root: level[0] as Address, height, entries: 2 ** height, storedBytes: 0 };
  const cursor = new TableCursor(blobs.read, [layer]);
  await assert.rejects(
    async () => {
      while ((await cursor.next()) !== null);
    },
    { code: 'damaged' },
  );
  assert.ok(blobs.reads <= height + 1, `${blobs.reads} reads`);
});
