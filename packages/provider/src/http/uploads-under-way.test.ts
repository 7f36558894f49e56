import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UploadsUnderWay } from './uploads-under-way.ts';

const account = (number: number): Uint8Array => new Uint8Array(16).fill(number);

test('one account has no more than 32 uploads at once, and others go on', () => {
  const uploads = new UploadsUnderWay(40);
  const begun = Array.from({ length: 32 }, () => uploads.begin(account(1)));
  assert.throws(() => uploads.begin(account(1)), { code: 'too-many-requests' });
  const others = Array.from({ length: 8 }, (_, i) => uploads.begin(account(2 + i)));
  assert.throws(() => uploads.begin(account(99)), { code: 'busy' });
  for (const one of [...begun, ...others]) one[Symbol.dispose]();
  const again = Array.from({ length: 32 }, () => uploads.begin(account(1)));
  assert.equal(again.length, 32);
});
