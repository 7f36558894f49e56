import assert from 'node:assert/strict';
import { lstatSync, lutimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../fixture/temporary-backup.ts';
import { sameTime, toSeconds } from './file-times.ts';

test('any time, set and read back, is the same to the microsecond', (t) => {
  const path = join(temporaryFolder(t), 'file');
  writeFileSync(path, '');
  const times = fc.bigInt({ min: -(2n ** 31n) * 10n ** 9n, max: 2n ** 32n * 10n ** 9n });
  fc.assert(
    fc.property(times, (ns) => {
      const seconds = toSeconds(ns);
      lutimesSync(path, seconds, seconds);
      const { mtimeNs } = lstatSync(path, { bigint: true });
      assert.ok(sameTime(mtimeNs, ns), `${ns} became ${mtimeNs}`);
    }),
    { numRuns: 2000, examples: [[0n], [-1n], [-1_500_000_000n], [1_700_000_000_123_456_789n]] },
  );
});

test('times a microsecond apart are not the same', () => {
  assert.ok(sameTime(5000n, 5999n));
  assert.ok(sameTime(5999n, 5000n));
  assert.ok(!sameTime(5000n, 6000n));
  assert.ok(!sameTime(6000n, 5000n));
});
