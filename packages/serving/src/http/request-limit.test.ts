import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RequestLimit } from './request-limit.ts';

test('take() lets a burst through, then one for each interval', () => {
  let nowMs = 0;
  const limit = new RequestLimit({ perMinute: 60, burst: 3, now: () => nowMs });
  assert.deepEqual(
    [1, 2, 3].map(() => limit.take('a')),
    [0, 0, 0],
  );
  assert.equal(limit.take('a'), 1000);
  assert.equal(limit.take('b'), 0);
  nowMs = 999;
  assert.equal(limit.take('a'), 1);
  nowMs = 1000;
  assert.equal(limit.take('a'), 0);
  assert.equal(limit.take('a'), 1000);
  nowMs = 60_000;
  assert.deepEqual(
    [1, 2, 3].map(() => limit.take('a')),
    [0, 0, 0],
  );
});

test('a refused request counts for nothing', () => {
  const limit = new RequestLimit({ perMinute: 60, burst: 1, now: () => 0 });
  limit.take('a');
  for (let i = 0; i < 100; i++) assert.equal(limit.take('a'), 1000);
});

test('take() never lets more through than burst and rate allow, whenever it is asked', () => {
  const gaps = fc.array(fc.nat({ max: 5000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 600 }), fc.nat({ max: 20 }), (all, rate, more) => {
      let nowMs = 0;
      const burst = 1 + more;
      const limit = new RequestLimit({ perMinute: rate, burst, now: () => nowMs });
      let taken = 0;
      for (const gap of all) {
        nowMs += gap;
        const waitMs = limit.take('a');
        if (waitMs === 0) taken++;
        else assert.ok(waitMs > 0);
        assert.ok(taken <= burst + (nowMs * rate) / 60_000 + 1e-6);
      }
    }),
  );
});

test('memory is bounded: the caller that was quiet for longest is forgotten', () => {
  const limit = new RequestLimit({ perMinute: 1, burst: 1, now: () => 0, callersMax: 3 });
  for (const caller of ['a', 'b', 'c', 'd']) assert.equal(limit.take(caller), 0);
  assert.equal(limit.callers, 3);
  assert.ok(limit.take('b') > 0);
  assert.equal(limit.take('a'), 0);
});

test('0 a minute is no limit', () => {
  const limit = new RequestLimit({ perMinute: 0, burst: 1 });
  for (let i = 0; i < 1000; i++) assert.equal(limit.take('a'), 0);
  assert.equal(limit.callers, 0);
});
