import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProgressEvent } from './events.ts';
import { Progress } from './progress.ts';

test('Progress tells rate and time left by the last ten seconds, not by what was skipped before', () => {
  let nowMs = 0;
  let last: ProgressEvent | undefined;
  const onEvent = (event: unknown): void => {
    last = event as ProgressEvent;
  };
  const progress = new Progress('backing-up', onEvent, () => nowMs);
  progress.add(1000, 9_000, 0);
  assert.equal(last?.bytesTotal, undefined);
  progress.expect({ items: 1100, bytes: 10_000 });
  for (nowMs = 1000; nowMs <= 20_000; nowMs += 1000) progress.add(1, 10);
  assert.equal(last?.bytesDone, 9_200);
  assert.equal(last?.bytesTotal, 10_000);
  assert.equal(last?.bytesPerSecond, 10);
  assert.equal(last?.secondsLeft, 80);
});
