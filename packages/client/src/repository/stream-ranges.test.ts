import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { StreamRanges } from './stream-ranges.ts';

const STREAMS = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)] as const;
const SPACE = 300;

const range = fc.record({
  stream: fc.constantFrom(...STREAMS),
  start: fc.nat(SPACE),
  lengthBytes: fc.integer({ min: 1, max: 40 }),
});

describe('StreamRanges', () => {
  test('holds what a set of single bytes would', () => {
    const property = fc.property(fc.array(range, { maxLength: 60 }), range, (added, asked) => {
      const ranges = new StreamRanges();
      const bytes = new Set<string>();
      for (const [i, { stream, start, lengthBytes }] of added.entries()) {
        ranges.add(stream, start, lengthBytes);
        for (let at = start; at < start + lengthBytes; at++) bytes.add(`${stream[0]}:${at}`);
        // Asking in between sorts in what was added so far.
        if (i % 7 === 0) ranges.overlaps(asked);
      }
      let expected = 0;
      for (let at = asked.start; at < asked.start + asked.lengthBytes; at++) {
        if (bytes.has(`${asked.stream[0]}:${at}`)) expected++;
      }
      assert.equal(ranges.bytesWithin(asked), expected);
      assert.equal(ranges.overlaps(asked), expected > 0);
      assert.equal(ranges.totalBytes, bytes.size);
    });
    fc.assert(property, { numRuns: process.env.SLOW === '1' ? 20_000 : 500 });
  });

  test('merges neighbours, however they come', () => {
    const ranges = new StreamRanges();
    const order = Array.from({ length: 5000 }, (_, i) => (i * 1237) % 5000);
    for (const i of order) ranges.add(STREAMS[0], i * 10, 10);
    assert.deepEqual([...ranges.all()], [{ stream: STREAMS[0], start: 0, lengthBytes: 50_000 }]);
  });
});
