/** Runs vectors/backup-format/index-lookups.json. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Segment } from '@holdfast/core/backup-format';
import { fromHex, toHex } from '@holdfast/core/bytes';
import { leafTable, readVectors } from '../fixture/vector-files.ts';
import { addIndex } from './add-index.ts';
import { SegmentMap } from './segment-map.ts';

type JsonSegment = Omit<Segment, 'stream' | 'pack'> & {
  readonly stream: string;
  readonly pack: {
    readonly name: string;
    readonly salt: string;
    readonly epoch: number;
    readonly k: number;
  };
};

interface Vector {
  readonly name: string;
  readonly stream: string;
  readonly offset: number;
  readonly lengthBytes: number;
  readonly ranges: readonly unknown[];
  readonly code: string;
}

interface VectorFile {
  readonly given: {
    readonly layers: readonly string[];
    readonly headSegments: readonly JsonSegment[];
  };
  readonly cases: readonly Vector[];
  readonly failures: readonly Vector[];
}

const { given, cases, failures } = readVectors<VectorFile>('backup-format/index-lookups.json');

async function readIndex(): Promise<SegmentMap> {
  const segments = new SegmentMap();
  for (const { stream, pack, ...rest } of given.headSegments) {
    const ref = { ...pack, name: fromHex(pack.name), salt: fromHex(pack.salt) };
    segments.add({ ...rest, stream: fromHex(stream), pack: ref });
  }
  const { table, read } = leafTable(given.layers);
  await addIndex(read, table, segments);
  return segments;
}

for (const { name, stream, offset, lengthBytes, ranges } of cases) {
  test(`a range is found where the vector says: ${name}`, async () => {
    const segments = await readIndex();
    const found = segments.resolve(fromHex(stream), offset, lengthBytes);
    assert.deepEqual(
      found.map(({ pack, ...rest }) => ({ pack: toHex(pack.name), ...rest })),
      ranges,
    );
    assert.ok(segments.covers(fromHex(stream), offset, lengthBytes));
  });
}

for (const { name, stream, offset, lengthBytes, code } of failures) {
  test(`a range is not found, as the vector says: ${name}`, async () => {
    const segments = await readIndex();
    assert.throws(() => segments.resolve(fromHex(stream), offset, lengthBytes), { code });
    assert.ok(!segments.covers(fromHex(stream), offset, lengthBytes));
  });
}
