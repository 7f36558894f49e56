/** Runs vectors/backup-format/table-stacks.json and table-trees.json. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Table } from '@holdfast/core/backup-format';
import { fromHex, toHex } from '@holdfast/core/bytes';
import {
  type JsonLayer,
  leafTable,
  parseTable,
  readVectors,
  streamReader,
} from '../fixture/vector-files.ts';
import type { ReadBlob } from './layer-cursor.ts';
import { findEntry, readTable } from './table-cursor.ts';

interface JsonEntry {
  readonly key: string;
  readonly value: string;
}

interface StackVector {
  readonly name: string;
  readonly layers: readonly string[];
  readonly view: readonly JsonEntry[];
  readonly key: string;
}

interface TreeVector {
  readonly name: string;
  readonly table: readonly JsonLayer[];
  readonly blobs: string;
  readonly view: readonly JsonEntry[];
  readonly code: string;
}

interface VectorFile<Vector> {
  readonly cases: readonly Vector[];
  readonly failures: readonly Vector[];
}

async function assertView(read: ReadBlob, table: Table, view: readonly JsonEntry[]): Promise<void> {
  const rows = await readTable(read, table);
  const seen = rows.map(({ key, value }) => ({ key: toHex(key), value: toHex(value) }));
  assert.deepEqual(seen, view);
  for (const { key, value } of view) {
    const found = await findEntry(read, table, fromHex(key));
    assert.equal(found && toHex(found.value), value);
  }
}

const stacks = readVectors<VectorFile<StackVector>>('backup-format/table-stacks.json');
for (const { name, layers, view } of stacks.cases) {
  test(`a table of several layers reads as the vector says: ${name}`, async () => {
    const { table, read } = leafTable(layers);
    await assertView(read, table, view);
  });
}
for (const { name, layers, key } of stacks.failures) {
  test(`a table of several layers does not hold the key of the vector: ${name}`, async () => {
    const { table, read } = leafTable(layers);
    assert.equal(await findEntry(read, table, fromHex(key)), null);
  });
}

const trees = readVectors<VectorFile<TreeVector>>('backup-format/table-trees.json');
for (const { name, table, blobs, view } of trees.cases) {
  test(`a tree of nodes reads as the vector says: ${name}`, async () => {
    await assertView(streamReader(blobs), parseTable(table), view);
  });
}
for (const { name, table, blobs, code } of trees.failures) {
  test(`a tree of nodes is refused as the vector says: ${name}`, async () => {
    await assert.rejects(readTable(streamReader(blobs), parseTable(table)), { code });
  });
}
