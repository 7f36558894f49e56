import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figures } from './medians.ts';
import { judge } from './targets.ts';

const yardstick = {
  changedPages: 100,
  changedPageBytes: 409_600,
  changedPagesZstdBytes: 100_000,
  otherBytes: 0,
};
const yardsticks = { 'next-day': yardstick, 'quiet-day': yardstick };

function judgeFirstBackup(wallMs: Record<string, number>) {
  const figures: Figures = (tool, step, metric) =>
    step === 'first' && metric === 'wallMs' ? wallMs[tool] : undefined;
  return judge(figures, yardsticks)[0];
}

test('judge() compares with the best of the peers that were measured', () => {
  const target = judgeFirstBackup({ holdfast: 500, restic: 1500, 'borg zstd,1': 1000 });
  assert.equal(target?.peer, 1000);
  assert.equal(target?.must, 650);
  assert.equal(target?.verdict, 'pass');
  assert.equal(judgeFirstBackup({ holdfast: 500, restic: 1500 })?.peer, 1500);
});

test('judge() tells a miss, a pass and a met aim apart', () => {
  assert.equal(judgeFirstBackup({ holdfast: 651, restic: 1000 })?.verdict, 'MISS');
  assert.equal(judgeFirstBackup({ holdfast: 650, restic: 1000 })?.verdict, 'pass');
  assert.equal(judgeFirstBackup({ holdfast: 450, restic: 1000 })?.verdict, 'aim met');
});

test('judge() leaves open what was not measured', () => {
  assert.equal(judgeFirstBackup({ holdfast: 500 })?.verdict, 'open');
  assert.equal(judgeFirstBackup({ restic: 500 })?.verdict, 'open');
});

test('judge() allows a quiet day 15 % and 256 KiB over its changed pages', () => {
  const added = (bytes: number) =>
    judge((_, step) => (step === 'quiet-day' ? bytes : undefined), yardsticks).find(
      ({ title }) => title === 'quiet day, added',
    )?.verdict;
  assert.equal(added(115_000 + 262_144), 'pass');
  assert.equal(added(115_000 + 262_145), 'MISS');
});
