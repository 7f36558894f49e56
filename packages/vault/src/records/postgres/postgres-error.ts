/** What PostgreSQL's errors mean for a vault (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
import { type ErrorCode, HoldfastError } from '@holdfast/core/errors';
import pg from 'pg';

/** By the beginning of the SQLSTATE: our code, and the state that the message tells. */
const MEANINGS: readonly (readonly [sqlState: string, ErrorCode, string])[] = [
  ['40', 'contention', 'other nodes were first too many times in a row'],
  ['55P03', 'contention', 'other nodes have held what it needs for too long'],
  ['57014', 'contention', 'other nodes have held what it needs for too long'],
  ['25006', 'store-unreachable', 'it can only be read'],
  ['28', 'store-denied', 'PostgreSQL refuses the user or the password'],
  ['42501', 'store-denied', 'the user may not do that'],
  ['3D000', 'store-invalid', 'there is no database of that name'],
  ['53100', 'disk-full', 'the disk is full'],
  ['53', 'store-unreachable', 'PostgreSQL has too much to do'],
  ['22', 'damaged', 'its tables are not as they were made'],
  ['42', 'damaged', 'its tables are not as they were made'],
  ['XX001', 'damaged', 'it is damaged. Restore it from a copy'],
  ['XX002', 'damaged', 'it is damaged. Restore it from a copy'],
];
/** Classes that can come when the commit was already made: the connection, shutdown, the system, itself. */
const MAY_BE_MADE = /^(?:08|40003|57P|58|XX000)/;

/** Of OpenSSL and Node.js, about the certificate of a server. */
const CERTIFICATE_ERROR = /CERT|^UNABLE_TO_(?:GET|VERIFY|DECODE)/;
const UNTRUSTED: (typeof MEANINGS)[number] = [
  '',
  'store-denied',
  "its server's certificate is not one that this vault trusts for that name",
];

/** Whether the transaction was undone, and would succeed if made again. */
export function isRetryable(error: unknown): boolean {
  const sqlState = sqlStateOf(error);
  return sqlState === '40001' || sqlState === '40P01';
}

/**
 * @param action `change` when a change may have been made by the time of the error.
 * @param error What `pg` threw; a `HoldfastError` comes back as it is.
 */
export function postgresError(action: 'change' | 'open' | 'read', error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const sqlState = sqlStateOf(error);
  const act = action === 'change' ? 'commit to' : action;
  const [, code, state] = isUntrusted(error) ? UNTRUSTED : meaningOf(action, sqlState);
  const told = sqlState === null ? '' : ` (SQLSTATE ${sqlState})`;
  return new HoldfastError(code, `Cannot ${act} the vault's database: ${state}${told}`, {
    cause: bareError(error),
  });
}

function meaningOf(action: string, sqlState: string | null): (typeof MEANINGS)[number] {
  if (action === 'change' && (sqlState === null || MAY_BE_MADE.test(sqlState))) {
    return ['', 'outcome-unknown', 'the answer was lost, and it may have been made or not'];
  }
  const known = MEANINGS.find(([beginning]) => sqlState?.startsWith(beginning));
  return known ?? ['', 'store-unreachable', 'PostgreSQL does not answer as it should'];
}

/** Without the fields that `pg` adds: one of them is the connection, and that has the password. */
function bareError(error: unknown): Error {
  const { message, stack } = error as Error;
  const bare = new Error(message);
  if (stack !== undefined) bare.stack = stack;
  return bare;
}

function isUntrusted(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && CERTIFICATE_ERROR.test(code);
}

function sqlStateOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}
