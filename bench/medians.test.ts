import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median } from './medians.ts';

test('median() is the middle value, the mean of the middle two, or nothing', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 2, 9]), 3);
  assert.equal(median([]), undefined);
});
