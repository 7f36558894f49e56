/**
 * Writing past the page cache, where the system can (Linux).
 *
 * A backup or a restore writes gigabytes that nobody reads soon: through the cache they would push
 * out what is in use, and cost one more copy.
 */
import { constants } from 'node:fs';

/** Flag of `open()`; 0 where there are no such writes. */
export const O_DIRECT: number = constants.O_DIRECT ?? 0;

/** Places in memory and file, and lengths, have to be multiples of this. */
export const DIRECT_BLOCK_BYTES = 4096;

/**
 * The longest page of memory of any machine, and so of its page cache. What is written to one page
 * past the cache and through it at the same time may be lost.
 */
export const CACHE_PAGE_MAX_BYTES = 64 * 1024;

/** Shorter stretches are better gathered in the cache than waited for. */
export const DIRECT_MIN_BYTES = 64 * 1024;

const REFUSALS = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/** Whether a file system has no such writes, or takes not this one: then it takes a plain one. */
export function isDirectRefusal(error: unknown): boolean {
  return REFUSALS.has((error as NodeJS.ErrnoException).code ?? '');
}
