import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { invert } from './invert.ts';
import { invertP, modP } from './p256.ts';

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;

test('a number times its inverse is 1, modulo the field of P-256', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: P - 1n }), (value) => {
      const inverse = invertP(value);
      assert.ok(inverse > 0n && inverse < P);
      assert.equal((value * inverse) % P, 1n);
    }),
    { numRuns: 2000 },
  );
});

test('so it is for the smallest and the greatest, and around powers of two', () => {
  const values = [1n, 2n, 3n, P - 1n, P - 2n, (P + 1n) / 2n, P / 3n];
  for (let bits = 1n; bits < 256n; bits++) {
    for (const near of [-1n, 0n, 1n]) values.push(2n ** bits + near, P - 2n ** bits + near);
  }
  for (const value of values) assert.equal(modP(value * invertP(value)), 1n, `${value}`);
});

test('every number below a small prime has its inverse', () => {
  for (const prime of [3n, 5n, 251n, 65_537n]) {
    const most = prime < 300n ? prime : 300n;
    for (let value = 1n; value < most; value++) {
      assert.equal((value * invert(value, prime)) % prime, 1n);
    }
  }
});
