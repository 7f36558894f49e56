/**
 * Writing past the page cache, where the system can (Linux).
 *
 * A backup or a restore writes gigabytes that nobody reads soon: through the cache they would push
 * out what is in use, and cost one more copy.
 */
import { constants } from 'node:fs';

/** Flag of `open()`; 0 where there are no such writes. A file system without them says `EINVAL`. */
export const O_DIRECT: number = constants.O_DIRECT ?? 0;

/** Places in memory and file, and lengths, have to be multiples of this. */
export const DIRECT_BLOCK_BYTES = 4096;

/** Shorter stretches are better gathered in the cache than waited for. */
export const DIRECT_MIN_BYTES = 64 * 1024;
