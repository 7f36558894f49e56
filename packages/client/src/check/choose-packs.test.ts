import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { SegmentMap } from '../repository/segment-map.ts';
import { choosePacks, sumBytes } from './choose-packs.ts';

function packsOfSizes(sizes: readonly number[]): SegmentMap {
  const segments = new SegmentMap();
  sizes.forEach((k, i) => {
    const pack = { name: new Uint8Array(32).fill(i), salt: new Uint8Array(32), epoch: 0, k };
    const stream = new Uint8Array(16);
    segments.add({ stream, start: i * 1000, lengthBytes: 1000, pack, contentOffset: 0 });
  });
  return segments;
}

test('choosePacks() chooses at least the share, all for 1 and none for 0', () => {
  const segments = packsOfSizes([6, 6, 6, 6, 3, 2, 0]);
  const all = choosePacks(segments, 1, randomInt);
  assert.equal(all.length, 7);
  assert.deepEqual(
    all.map(({ segments: [first] }) => first?.start),
    [0, 1000, 2000, 3000, 4000, 5000, 6000],
  );
  assert.equal(choosePacks(segments, 0, randomInt).length, 0);
  for (const share of [0.001, 0.3, 0.9]) {
    const chosen = choosePacks(segments, share, randomInt);
    assert.ok(sumBytes(chosen) >= share * sumBytes(all));
    assert.equal(new Set(chosen).size, chosen.length);
  }
});

test('choosePacks() draws every pack with the same chance', () => {
  const segments = packsOfSizes([4, 4, 4, 4]);
  const drawn = new Set<number | undefined>();
  for (let i = 0; i < 4; i++) {
    const [chosen] = choosePacks(segments, 0.1, () => i);
    drawn.add(chosen?.pack.name[0]);
  }
  assert.deepEqual(drawn, new Set([0, 1, 2, 3]));
});
