import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from './secret.ts';

const secret = (): Secret => new Secret(new Uint8Array([0xde, 0xad, 0xbe, 0xef]));

test('a secret prints as [secret], however it is printed', () => {
  const shown = [
    String(secret()),
    `${secret()}`,
    JSON.stringify({ key: secret() }),
    inspect(secret()),
    inspect({ deep: [secret()] }, { depth: 9, showHidden: true }),
  ];
  for (const text of shown) {
    assert.match(text, /\[secret\]/);
    assert.doesNotMatch(text, /222|de ?ad|173/i);
  }
  assert.deepEqual(Object.keys(secret()), []);
});

test('equals() tells equal bytes from others, and lengths', () => {
  assert.ok(secret().equals(secret()));
  assert.ok(!secret().equals(new Secret(new Uint8Array([0xde, 0xad, 0xbe, 0xee]))));
  assert.ok(!secret().equals(new Secret(new Uint8Array([0xde, 0xad, 0xbe]))));
});

test('wipe() overwrites the bytes, and a wiped secret is of no use', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const wiped = new Secret(bytes);
  assert.equal(wiped.lengthBytes, 3);
  wiped.wipe();
  assert.deepEqual(bytes, new Uint8Array(3));
  assert.throws(() => wiped.bytes(), TypeError);
  assert.throws(() => wiped.equals(secret()), TypeError);
  assert.throws(() => secret().equals(wiped), TypeError);
});

test('there is no secret without bytes', () => {
  assert.throws(() => new Secret(new Uint8Array(0)), RangeError);
});

test('a secret is wiped at the end of the block that uses it', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  {
    using used = new Secret(bytes);
    assert.equal(used.lengthBytes, 3);
  }
  assert.deepEqual(bytes, new Uint8Array(3));
});
