import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinDisplaced, joinVaultLogs } from './said-of-vaults.ts';

const bytes = (value: number): Uint8Array => new Uint8Array(32).fill(value);
const logOf = (vault: number, number: number) => {
  return { identity: bytes(vault), number, hash: bytes(number) };
};
const headOf = (number: number) => ({ number, hash: bytes(number) });

test('a head says what its writer saw of logs, and of other vaults what the one before said', () => {
  const before = [logOf(1, 5), logOf(2, 6)];
  assert.deepEqual(joinVaultLogs([logOf(2, 3)], before), [logOf(2, 3), logOf(1, 5)]);
  assert.deepEqual(joinVaultLogs([], before), before);
});

test('a head has room for nine vaults, of which those that were asked come first', () => {
  const before = Array.from({ length: 9 }, (_, i) => logOf(i, 1));
  const joined = joinVaultLogs([logOf(99, 1)], before);
  assert.deepEqual(joined, [logOf(99, 1), ...before.slice(0, 8)]);
});

test('a head says which four heads were put aside last, each once', () => {
  const four = [1, 2, 3, 4].map(headOf);
  assert.deepEqual(joinDisplaced(four, []), four);
  assert.deepEqual(joinDisplaced(four, [headOf(5)]), [2, 3, 4, 5].map(headOf));
  assert.deepEqual(joinDisplaced(four, [headOf(2)]), [1, 3, 4, 2].map(headOf));
  assert.deepEqual(joinDisplaced([], [5, 6, 7, 8, 9].map(headOf)), [6, 7, 8, 9].map(headOf));
});
