import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetRow, verdictOf } from './targets.ts';

test('a figure is judged by its ratio to a peer, or by fixed limits', () => {
  const peer = { name: 'peer', value: 100 };
  const ratio = { title: 'x', peer, mustRatio: 1, aimRatio: 2 };
  assert.equal(verdictOf({ ...ratio, value: 99 }), 'MISS');
  assert.equal(verdictOf({ ...ratio, value: 100 }), 'pass');
  assert.equal(verdictOf({ ...ratio, value: 200 }), 'aim met');
  assert.equal(verdictOf({ title: 'x', value: 51, most: 50, aim: 20 }), 'MISS');
  assert.equal(verdictOf({ title: 'x', value: 20, most: 50, aim: 20 }), 'aim met');
  assert.equal(verdictOf({ title: 'x', value: 499, least: 500, leastAim: 1000 }), 'MISS');
  assert.equal(verdictOf({ title: 'x', value: 999, least: 500, leastAim: 1000 }), 'pass');
  assert.equal(verdictOf({ title: 'x', value: 1 }), '');
});

test('a row says what was measured, beside what, and what it has to be', () => {
  const peer = { name: 'peer', value: 1234 };
  assert.deepEqual(targetRow({ title: 'x', value: 12.34, peer, mustRatio: 5 }), [
    'x',
    '12.3',
    '1,234 peer',
    '0.01 ×',
    '≥ 5 ×',
    '–',
    'MISS',
  ]);
  assert.deepEqual(targetRow({ title: 'x', value: 7, most: 50, aim: 20 }).slice(3), [
    '–',
    '≤ 50',
    '≤ 20',
    'aim met',
  ]);
});
