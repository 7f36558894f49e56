import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartPlaces } from './part-places.ts';

const A = new Uint8Array(16).fill(1);
const B = new Uint8Array(16).fill(2);
const PARTS = [
  { stream: A, start: 100, lengthBytes: 10 },
  { stream: B, start: 0, lengthBytes: 5 },
  { stream: A, start: 0, lengthBytes: 50 },
];

test('every byte of every part is found, with what follows it there, and no other byte', () => {
  const places = new PartPlaces(PARTS);
  const found = (stream: Uint8Array, offset: number): number[] | null => {
    const place = places.find(stream.slice(), offset);
    return place && [place.from, place.roomBytes];
  };
  assert.deepEqual(found(A, 100), [0, 10]);
  assert.deepEqual(found(A, 109), [9, 1]);
  assert.equal(found(A, 110), null);
  assert.deepEqual(found(B, 0), [10, 5]);
  assert.equal(found(B, 5), null);
  assert.deepEqual(found(A, 0), [15, 50]);
  assert.deepEqual(found(A, 49), [64, 1]);
  assert.equal(found(A, 50), null);
  assert.equal(found(new Uint8Array(16), 0), null);
});

test('very many parts are looked through without a walk along all of them for each', () => {
  const count = 60_000;
  const parts = Array.from({ length: count }, (_, i) => {
    return { stream: A, start: 2 * (count - i), lengthBytes: 1 };
  });
  const places = new PartPlaces(parts);
  const begun = performance.now();
  for (let i = 0; i < count; i++) assert.equal(places.find(A, 2 * (count - i))?.from, i);
  assert.ok(performance.now() - begun < 1000);
});
