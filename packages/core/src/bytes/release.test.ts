import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseBytes } from './release.ts';

test('releaseBytes() gives the memory of long bytes back, and leaves short ones', () => {
  const long = new Uint8Array(100_000);
  releaseBytes(long);
  assert.equal(long.length, 0);
  const short = new Uint8Array(100);
  releaseBytes(short);
  assert.equal(short.length, 100);
});

test('releaseBytes() leaves bytes alone where memory can not be given back', () => {
  const long = new Uint8Array(100_000);
  Object.defineProperty(long.buffer, 'transfer', { value: undefined });
  releaseBytes(long);
  assert.equal(long.length, 100_000);
});
