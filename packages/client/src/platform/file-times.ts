/**
 * File times: read to the nanosecond, but set through a double of seconds, which tells a time of
 * our days to about a quarter of a microsecond.
 */
const PRECISION_NS = 1000n;

/** What `utimes` takes: as text, because of a negative number Node makes the present time. */
export function toSeconds(ns: bigint): string {
  return String(Number(ns) / 1e9);
}

/** Whether two times are the same as far as they can be set. */
export function sameTime(aNs: bigint, bNs: bigint): boolean {
  const difference = aNs - bNs;
  return difference < PRECISION_NS && -difference < PRECISION_NS;
}
