/** Runs vectors/backup-format/pack-layout.json; content and object map to each other without gaps. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { packIndexOffset } from './pack-index.ts';
import {
  forEachStretch,
  frameOfContent,
  framePlace,
  packBytes,
  packContentBytes,
  packFrames,
} from './pack-layout.ts';
import { tailSizes } from './tail.ts';

interface Vector {
  readonly kind: 'size' | 'range' | 'tail' | 'index-offset';
  readonly k: number;
  readonly objectBytes: number;
  readonly frames: number;
  readonly contentBytes: number;
  readonly contentOffset: number;
  readonly lengthBytes: number;
  readonly stretches: readonly (readonly number[])[];
  readonly units: number;
  readonly sizes: readonly number[];
  readonly lastBytes: string;
  readonly offset: number;
  readonly code: string;
}

const url = new URL('../../../../vectors/backup-format/pack-layout.json', import.meta.url);
const vectors: { cases: Vector[]; failures: Vector[] } = JSON.parse(readFileSync(url, 'utf8'));

function stretches(contentOffset: number, lengthBytes: number): number[][] {
  const found: number[][] = [];
  forEachStretch(contentOffset, lengthBytes, (...stretch) => {
    found.push(stretch);
  });
  return found;
}

function run(vector: Vector): void {
  switch (vector.kind) {
    case 'size':
      assert.equal(packBytes(vector.k), vector.objectBytes);
      assert.equal(packFrames(vector.k), vector.frames);
      assert.equal(packContentBytes(vector.k), vector.contentBytes);
      break;
    case 'range':
      assert.deepEqual(stretches(vector.contentOffset, vector.lengthBytes), vector.stretches);
      break;
    case 'tail':
      assert.deepEqual(tailSizes(vector.units), vector.sizes);
      break;
    case 'index-offset':
      assert.equal(packIndexOffset(Uint8Array.fromHex(vector.lastBytes), vector.k), vector.offset);
      break;
  }
}

for (const [i, vector] of vectors.cases.entries()) {
  test(`the layout of packs is as case ${i} of the vectors says (${vector.kind})`, () => {
    run(vector);
  });
}
for (const [i, vector] of vectors.failures.entries()) {
  test(`the layout of packs refuses failure ${i} of the vectors (${vector.kind})`, () => {
    const expected = vector.code === 'damaged' ? { code: 'damaged' } : { name: vector.code };
    assert.throws(() => run(vector), expected);
  });
}

test('frames follow one another in object and content, each ending on 64 KiB', () => {
  let contentOffset = 0;
  for (let frame = 0; frame < packFrames(6); frame++) {
    const place = framePlace(frame);
    assert.equal(place.contentOffset, contentOffset);
    assert.equal(place.sealedBytes, place.contentBytes + 16);
    assert.equal((place.objectOffset + place.sealedBytes) % 65_536, 0);
    assert.equal(frameOfContent(contentOffset), frame);
    contentOffset += place.contentBytes;
    assert.equal(frameOfContent(contentOffset - 1), frame);
  }
  assert.equal(contentOffset, packContentBytes(6));
});

test('the stretches of a range cover it in order, and never a tag or the header', () => {
  const end = packContentBytes(6);
  fc.assert(
    fc.property(fc.nat(end), fc.nat(300_000), (from, length) => {
      const lengthBytes = Math.min(length, end - from);
      let covered = 0;
      for (const [at = 0, done, bytes = 0] of stretches(from, lengthBytes)) {
        assert.equal(done, covered);
        assert.ok(at >= 80 && bytes > 0);
        assert.ok((at % 65_536) + bytes <= 65_520);
        covered += bytes;
      }
      assert.equal(covered, lengthBytes);
    }),
  );
});

test('tailSizes() gives the fewest packs that sum to the units, largest first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (units) => {
      const sizes = tailSizes(units);
      assert.equal(
        sizes.reduce((sum, k) => sum + 2 ** k, 0),
        units,
      );
      for (let k = 0; k < 6; k++) assert.ok(sizes.filter((size) => size === k).length <= 1);
      assert.deepEqual(
        sizes.toSorted((a, b) => b - a),
        sizes,
      );
    }),
  );
});
