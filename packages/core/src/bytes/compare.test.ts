import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareBytes, concatBytes, equalBytes } from './compare.ts';
import { fromHex, toHex } from './hex.ts';

const bytes = fc.uint8Array({ maxLength: 20 });

test('compareBytes() orders as Buffer.compare() does', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(a, b));
      assert.equal(equalBytes(a, b), Buffer.compare(a, b) === 0);
      assert.equal(compareBytes(a, concatBytes(a, b)), -b.length || 0);
    }),
  );
});

test('concatBytes() makes one new array of any number of parts', () => {
  fc.assert(
    fc.property(fc.array(bytes), (parts) => {
      const whole = concatBytes(...parts);
      assert.deepEqual(
        [...whole],
        parts.flatMap((part) => [...part]),
      );
      assert.ok(parts.every((part) => part.buffer !== whole.buffer));
    }),
  );
});

test('toHex() and fromHex() undo each other, in lower case', () => {
  fc.assert(
    fc.property(bytes, (given) => {
      assert.equal(toHex(given), given.toHex());
      assert.deepEqual(fromHex(toHex(given)), given);
      assert.deepEqual(fromHex(toHex(given).toUpperCase()), given);
    }),
  );
});

test('fromHex() refuses what is not an even number of hex digits', () => {
  for (const text of ['0', 'xx', '0x00', ' 00', '00 ', '+1', '１２']) {
    assert.throws(() => fromHex(text), RangeError);
  }
});
