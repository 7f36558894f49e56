/**
 * Does again and again what a running vault must: once a minute, and at its end, so that the time that
 * it served is counted; never twice at the same time.
 */
import type { Vault } from '@holdfast/vault/vault';
import { describe, type Logger } from './log.ts';

const INTERVAL_MS = 60_000;

/** Ended by disposing it, which waits for what is under way. */
export function startTending(vault: Vault, log: Logger): AsyncDisposable {
  let underWay: Promise<void> | null = null;
  const tend = (): Promise<void> => {
    underWay ??= vault
      .tend()
      .catch((error: unknown) => log.error({ error: describe(error) }, 'tending failed'))
      .finally(() => {
        underWay = null;
      });
    return underWay;
  };
  const timer = setInterval(tend, INTERVAL_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await underWay;
      await tend();
    },
  };
}
