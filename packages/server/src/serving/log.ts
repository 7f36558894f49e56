/**
 * The log: lines of JSON on stderr, never anything of what a request was about.
 *
 * Of errors it keeps name, code, message and stack, but no other field: those of a database's errors
 * hold values.
 */
import { HoldfastError } from '@holdfast/core/errors';
import { truncateAddress } from '@holdfast/serving/http';
import { type Logger, pino } from 'pino';
import type { WATCHING_SETTINGS } from '../settings/edge-settings.ts';
import type { SettingsOf } from '../settings/setting.ts';
import type { Requested } from './metrics.ts';

export type { Logger } from 'pino';

type Watching = SettingsOf<typeof WATCHING_SETTINGS>;

const CAUSES_MAX = 5;

/** What can't be written is lost: a full disk, or a reader that went away, must not end a server. */
export function makeLog(level: Watching['logLevel'] = 'info'): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  destination.on('error', () => undefined);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (name) => ({ level: name }) },
    },
    destination,
  );
}

/** @param addresses How much of them is shown. */
export function logAnswered(
  log: Logger,
  addresses: Watching['logAddresses'] = 'truncated',
): (answered: Requested) => void {
  return ({ kind, status, code, address, durationMs, cause }) => {
    const line = {
      kind,
      status,
      ...(code === null ? {} : { code }),
      ...(addresses === 'off' ? {} : { address: shown(address, addresses) }),
      ms: Math.round(durationMs * 10) / 10,
    };
    if (cause === undefined) log.debug(line, 'answered');
    else log.error({ ...line, error: describe(cause) }, 'failed');
  };
}

/** What of an error may be logged. */
export function describe(error: unknown, causes = CAUSES_MAX): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, cause } = error;
  const code = (error as NodeJS.ErrnoException).code;
  return {
    name,
    ...(code === undefined ? {} : { code }),
    message,
    ...(error instanceof HoldfastError ? {} : { stack: error.stack }),
    ...(cause === undefined || causes === 0 ? {} : { cause: describe(cause, causes - 1) }),
  };
}

function shown(address: string, how: 'truncated' | 'full'): string {
  return how === 'full' ? address : truncateAddress(address);
}
