/** Does again and again what a running vault must: once a minute, never twice at the same time. */
import type { Vault } from '@holdfast/vault/vault';
import { describe, type Logger } from './log.ts';

const INTERVAL_MS = 60_000;

/** Stopped by disposing it, which waits for what is under way. */
export function startTending(vault: Vault, log: Logger): AsyncDisposable {
  let underWay: Promise<void> | null = null;
  const timer = setInterval(() => {
    underWay ??= vault
      .tend()
      .catch((error: unknown) => log.error({ error: describe(error) }, 'tending failed'))
      .finally(() => {
        underWay = null;
      });
  }, INTERVAL_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await underWay;
    },
  };
}
