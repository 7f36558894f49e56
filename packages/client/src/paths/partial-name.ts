/**
 * Names of what a restore has not finished. No backup holds such a name, and no restore writes one
 * as a file's own: so what is in the making is never mistaken for what was restored.
 */
import { createHash } from 'node:crypto';

const PREFIX = '.holdfast-partial-';
const TEMPORARY = /^\.holdfast-partial-[0-9a-f]{16}$/;

/**
 * Names the folders made so far, in the folder that is restored to, for a restore that goes on after
 * this one was cut off.
 */
export const MADE_FOLDERS_NAME: Buffer = Buffer.from(`${PREFIX}folders`);

/** Held while a restore into that folder is running. */
export const RESTORE_LOCK_NAME = `${PREFIX}lock`;

/** In either case of letters, since many file systems make no difference. */
export function isPartialName(name: Uint8Array): boolean {
  const begins = Buffer.from(name.subarray(0, PREFIX.length)).toString('latin1');
  return begins.toLowerCase() === PREFIX;
}

/** Of a file in the making, as `partialName` makes them. */
export function isTemporaryName(name: Uint8Array): boolean {
  return TEMPORARY.test(Buffer.from(name).toString('latin1'));
}

/** The same for the same name, so that a restore that goes on finds what it left. */
export function partialName(name: Uint8Array): Buffer {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return Buffer.from(`${PREFIX}${hash}`);
}
