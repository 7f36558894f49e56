const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** A time in days, or in hours when it is less than two days; rounded down. */
export function formatDays(ms: number): string {
  const [count, unit] =
    ms < 2 * DAY_MS ? [Math.floor(ms / HOUR_MS), 'hour'] : [Math.floor(ms / DAY_MS), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
