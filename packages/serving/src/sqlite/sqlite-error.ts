/** What SQLite's errors mean for a server (https://www.sqlite.org/rescode.html). */
import { type ErrorCode, HoldfastError } from '@holdfast/core/errors';

/** Whose database it is, as messages call it. */
export type DatabaseOwner = 'vault' | 'provider';

const IOERR = 10;

/** By primary result code: our code, and the state that the message tells. */
const MEANINGS: ReadonlyMap<number, readonly [ErrorCode, string]> = new Map([
  [3, ['store-denied', 'the system denies access to it']],
  [5, ['contention', 'another process has held its lock for too long']],
  [6, ['contention', 'another process has held its lock for too long']],
  [8, ['store-denied', 'it can only be read']],
  [11, ['damaged', 'it is damaged. Restore it from a copy']],
  [13, ['disk-full', 'the disk is full']],
  [14, ['store-unreachable', 'its file can not be opened']],
  [26, ['damaged', 'it is damaged, or no database. Restore it from a copy']],
]);

/** Whether the disk failed, so that what was written may be there or not. */
export function isDiskError(errcode: number | undefined): boolean {
  return errcode !== undefined && (errcode & 0xff) === IOERR;
}

/** @param error As SQLite threw it; anything else comes back as unknown outcome. */
export function sqliteError(
  owner: DatabaseOwner,
  action: 'commit' | 'open' | 'read',
  error: unknown,
): HoldfastError {
  const { errcode = 0 } = error as { errcode?: number };
  const [code, state] = MEANINGS.get(errcode & 0xff) ?? [
    action === 'commit' ? 'outcome-unknown' : 'store-unreachable',
    'the disk, or SQLite, failed',
  ];
  const act = action === 'commit' ? 'commit to' : action;
  return new HoldfastError(code, `Cannot ${act} the ${owner}'s database: ${state}`, {
    cause: error,
  });
}
