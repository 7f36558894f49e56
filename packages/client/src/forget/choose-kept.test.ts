import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Snapshot } from '../snapshots/list-snapshots.ts';
import { chooseKept, type KeepCounts } from './choose-kept.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

function snapshot(number: number, atMs: number, fileCount: number): Snapshot {
  const nothing = { fileCount, folderCount: 0, totalBytes: 0, bytesAdded: 0 };
  const common = { deviceId: new Uint8Array(16), deviceName: 'phone', sources: [], files: [] };
  return { number, atMs, ...common, ...nothing, unreadableCount: 0 };
}

/**
 * Numbers that are kept, with what keeps them.
 *
 * @param empty Numbers of the snapshots without files.
 */
function keep(
  times: readonly number[],
  counts: KeepCounts,
  empty: readonly number[] = [],
): Record<number, string> {
  const series = times.map((atMs, i) => snapshot(i + 1, atMs, empty.includes(i + 1) ? 0 : 9));
  const kept = [...chooseKept(series, counts)].sort(([a], [b]) => a.number - b.number);
  return Object.fromEntries(kept.map(([{ number }, periods]) => [number, periods.join()]));
}

const at = (text: string): number => new Date(text).getTime();

describe('chooseKept()', () => {
  let zone: string | undefined;
  before(() => {
    zone = process.env.TZ;
    process.env.TZ = 'Europe/Berlin';
  });
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  test('keeps the newest so many', () => {
    assert.deepEqual(keep([1, 2, 3, 4, 5], { last: 2 }), { 4: 'last', 5: 'last' });
    assert.deepEqual(keep([1, 2], { last: 9 }), { 1: 'last', 2: 'last' });
  });

  test('keeps the newest of each hour, and counts only hours that have one', () => {
    const times = ['10:05', '10:55', '11:10', '14:20', '14:59'].map((time) =>
      at(`2026-03-02T${time}`),
    );
    assert.deepEqual(keep(times, { hourly: 2 }), { 3: 'hourly', 5: 'hourly' });
    assert.deepEqual(keep(times, { hourly: 3 }), { 2: 'hourly', 3: 'hourly', 5: 'hourly' });
  });

  test('lets days begin at midnight of the device', () => {
    // 23:30 and 00:30 in Berlin are one day in UTC.
    const times = [at('2026-07-01T21:30:00Z'), at('2026-07-01T22:30:00Z')];
    assert.deepEqual(keep(times, { daily: 2 }), { 1: 'daily', 2: 'daily' });
    // One day in Berlin, two in UTC.
    const others = [at('2026-07-01T22:30:00Z'), at('2026-07-02T01:00:00Z')];
    assert.deepEqual(keep(others, { daily: 2 }), { 2: 'daily' });
  });

  test('lets weeks begin on Monday, also around New Year and daylight saving', () => {
    const week = (text: string) => at(`${text}T12:00`);
    // Thursday and Sunday of one week, and the Monday after.
    const newYear = ['2026-12-31', '2027-01-03', '2027-01-04'].map(week);
    assert.deepEqual(keep(newYear, { weekly: 3 }), { 2: 'weekly', 3: 'weekly' });
    // Clocks change on Sunday, 29 March.
    const spring = ['2026-03-23', '2026-03-29', '2026-03-30'].map(week);
    assert.deepEqual(keep(spring, { weekly: 3 }), { 2: 'weekly', 3: 'weekly' });
  });

  test('tells months of different years apart', () => {
    const times = ['2025-03-10', '2026-03-10', '2026-03-20'].map((day) => at(`${day}T12:00`));
    assert.deepEqual(keep(times, { monthly: 5 }), { 1: 'monthly', 3: 'monthly' });
    assert.deepEqual(keep(times, { yearly: 5 }), { 1: 'yearly', 3: 'yearly' });
  });

  test('adds up what the periods keep', () => {
    const start = at('2026-01-01T12:00');
    const times = Array.from({ length: 400 }, (_, i) => start + i * DAY_MS);
    const kept = keep(times, { last: 2, daily: 3, weekly: 2, monthly: 3, yearly: 2 });
    // Day 400 is Thursday, 4 February 2027.
    assert.deepEqual(kept, {
      365: 'monthly,yearly',
      396: 'weekly,monthly',
      398: 'daily',
      399: 'last,daily',
      400: 'last,daily,weekly,monthly,yearly',
    });
  });

  test('always keeps the newest, and nothing without a count', () => {
    const times = Array.from({ length: 50 }, (_, i) => i * 7_654_321_000);
    for (const period of ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly']) {
      assert.ok(50 in keep(times, { [period]: 1 }), period);
    }
    assert.deepEqual(keep(times, {}), {});
  });

  test('counts no snapshot without files in place of one that has some', () => {
    const times = [1, 2, 3, 4, 5].map((day) => day * DAY_MS);
    assert.deepEqual(keep(times, { last: 2 }, [2, 4, 5]), { 1: 'last', 3: 'last', 5: 'newest' });
    assert.deepEqual(keep(times, { last: 2 }, [4]), { 3: 'last', 5: 'last' });
    const oneDay = ['10:00', '11:00'].map((time) => at(`2026-03-02T${time}`));
    assert.deepEqual(keep(oneDay, { daily: 7 }, [2]), { 1: 'daily', 2: 'newest' });
    assert.deepEqual(keep(times, { last: 2 }, [1, 2, 3, 4, 5]), { 4: 'last', 5: 'last' });
  });

  test('keeps the snapshot of the greatest number when the clock went back', () => {
    const nextYear = at('2027-03-02T12:00');
    const days = ['2026-03-01', '2026-03-02', '2026-03-03'].map((day) => at(`${day}T12:00`));
    const times = [days[0], nextYear, ...days.slice(1)] as number[];
    assert.deepEqual(keep(times, { last: 1 }), { 4: 'last' });
    assert.deepEqual(keep(times, { daily: 2 }), { 3: 'daily', 4: 'daily' });
    assert.deepEqual(keep(times, { yearly: 2 }), { 2: 'yearly', 4: 'yearly' });
    assert.deepEqual(keep([7, 7, 7], { daily: 3 }), { 3: 'daily' });
  });
});
