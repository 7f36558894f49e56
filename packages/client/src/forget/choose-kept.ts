/**
 * Which snapshots of one series a rule keeps: the newest of each of the newest so many periods.
 */
import type { Snapshot } from '../snapshots/list-snapshots.ts';

/** Periods by which snapshots are kept, each with the text that is the same within a period. */
const PERIODS = {
  last: (_at: Date, number: number) => String(number),
  hourly: (at: Date) => `${dayOf(at)} ${at.getHours()}`,
  daily: dayOf,
  weekly: (at: Date) => {
    const sinceMonday = (at.getDay() + 6) % 7;
    return dayOf(new Date(at.getFullYear(), at.getMonth(), at.getDate() - sinceMonday));
  },
  monthly: (at: Date) => `${at.getFullYear()} ${at.getMonth()}`,
  yearly: (at: Date) => String(at.getFullYear()),
} as const satisfies Record<string, (at: Date, number: number) => string>;

export type Period = keyof typeof PERIODS;

export const PERIOD_NAMES = Object.keys(PERIODS) as readonly Period[];

/** Why a snapshot is kept: a period, or only because it is the newest. */
export type Reason = Period | 'newest';

/** How many of each period to keep; whole numbers of at least 0. */
export type KeepCounts = { readonly [Name in Period]?: number };

/**
 * Newer is what has the greater number, whatever the clock said. Days, weeks, months and years begin as this device's time zone has them, weeks on Monday.
 *
 * A snapshot without files, as of a disk that is not mounted, takes no place of one that has some;
 * the newest is kept beside what the periods keep.
 *
 * @param series Snapshots of one device and the same sources, in any order.
 * @returns Per snapshot that is kept, what keeps it.
 */
export function chooseKept(
  series: readonly Snapshot[],
  counts: KeepCounts,
): ReadonlyMap<Snapshot, readonly Reason[]> {
  const newestFirst = series.toSorted((a, b) => b.number - a.number);
  const withFiles = newestFirst.filter(({ fileCount }) => fileCount > 0);
  const counted = withFiles.length > 0 ? withFiles : newestFirst;
  const kept = new Map<Snapshot, Reason[]>();
  for (const period of PERIOD_NAMES) {
    const most = counts[period] ?? 0;
    const seen = new Set<string>();
    for (const snapshot of counted) {
      if (seen.size === most) break;
      const text = PERIODS[period](new Date(snapshot.atMs), snapshot.number);
      if (seen.has(text)) continue;
      seen.add(text);
      kept.set(snapshot, [...(kept.get(snapshot) ?? []), period]);
    }
  }
  const [newest] = newestFirst;
  if (kept.size > 0 && newest !== undefined && !kept.has(newest)) kept.set(newest, ['newest']);
  return kept;
}

function dayOf(at: Date): string {
  return `${at.getFullYear()} ${at.getMonth()} ${at.getDate()}`;
}
