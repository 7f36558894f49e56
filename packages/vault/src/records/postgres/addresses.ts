/**
 * Which addresses a vault's database may have. Whoever can change what passes between vault and
 * database can set the database back: beyond the own machine an address says how that is prevented.
 */
import { HoldfastError } from '@holdfast/core/errors';
import pg from 'pg';

const POSTGRES_URL = /^postgres(?:ql)?:\/\//;
const OWN_MACHINE = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|%2f.*|\/.*)$/i;

/**
 * @throws {HoldfastError} `usage`. No message holds the address, which can hold a password.
 */
export function assertAddress(url: string): void {
  if (!POSTGRES_URL.test(url) || !URL.canParse(url)) {
    throw refused('it must read postgres://user:password@host/database');
  }
  const { hostname, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? hostname;
  if (host === '') throw refused('it must name a host');
  if (!OWN_MACHINE.test(host) && !searchParams.has('sslmode')) {
    throw refused(
      'it must say whether TLS protects the way to it. Add ?sslmode=verify-full to it, or ' +
        '?sslmode=disable where nobody can get between',
    );
  }
  try {
    new pg.Client({ connectionString: url });
  } catch {
    // Its message could hold parts of the address.
    throw refused("it can't be read, or names a certificate or key that can't");
  }
}

function refused(state: string): HoldfastError {
  return new HoldfastError('usage', `Cannot use the address of the vault's database: ${state}`);
}
