/**
 * Does again and again what a running provider must: ends what has expired once a minute, and looks once a day, and at the
 * start, for bytes that a crash has left; never twice at the same time.
 */
import { endExpired, removeOrphans, type UpkeepOptions } from '@holdfast/provider/objects';
import { describe, type Logger } from './log.ts';

const INTERVAL_MS = 60_000;
const ROUNDS_A_DAY = 24 * 60;

/** Ended by disposing it, which waits for what is under way. */
export function startCleaning(options: UpkeepOptions, log: Logger): AsyncDisposable {
  let underWay: Promise<void> | null = null;
  let round = 0;
  const clean = async (): Promise<void> => {
    await endExpired(options);
    if (round++ % ROUNDS_A_DAY !== 0) return;
    const removed = await removeOrphans(options);
    if (removed > 0) log.info({ removed }, 'removed what uploads had left that were cut off');
  };
  const start = (): void => {
    underWay ??= clean()
      .catch((error: unknown) => log.error({ error: describe(error) }, 'cleaning failed'))
      .finally(() => {
        underWay = null;
      });
  };
  start();
  const timer = setInterval(start, INTERVAL_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await underWay;
    },
  };
}
