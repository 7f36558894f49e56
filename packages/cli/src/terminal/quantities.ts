/** Numbers as people read them: sizes, spans of time, dates. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, three digits at most: `512 B`, `1.25 MB`, `310 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const decimals = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(decimals)} ${UNITS[unit]}`;
}

/** With thousands separated: `40,112`. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 file`, `40,112 files`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** The two largest units: `under 0.1 s`, `0.4 s`, `14 s`, `3 min 20 s`, `2 h 5 min`, `3 days`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 0.05) return 'under 0.1 s';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds) / 60;
  if (minutes < 60) return join(Math.floor(minutes), 'min', Math.round(seconds) % 60, 's');
  const hours = Math.round(minutes) / 60;
  if (hours < 48) return join(Math.floor(hours), 'h', Math.round(minutes) % 60, 'min');
  return `${formatCount(Math.floor(hours / 24))} days`;
}

function join(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** Local time: `2026-11-22 11:23`. */
export function formatDate(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

const SPANS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `0s`, `90m`, `12h`, `2d`, `1w` in milliseconds; null for anything else. */
export function readDurationMs(text: string): number | null {
  const match = /^(\d{1,6})([smhdw])$/.exec(text);
  return match ? Number(match[1]) * (SPANS_MS[match[2] as string] as number) : null;
}
