/**
 * Does again and again what a running vault must: once a minute, and at its end, so that the time that
 * it served is counted; never twice at the same time.
 */
import type { OpenedVault } from '@holdfast/vault/vault';
import { describe, type Logger } from './log.ts';

const INTERVAL_MS = 60_000;
/** Of which one goes a month. */
const FEW_KEYS = 3;

/** Ended by disposing it, which waits for what is under way. */
export function startTending(vault: OpenedVault, log: Logger): AsyncDisposable {
  let underWay: Promise<void> | null = null;
  let leftBefore = Number.POSITIVE_INFINITY;
  let damagedBefore = 0;
  const warn = (): void => {
    const { wrappingKeysLeft, damagedLedgers } = vault.upkeep;
    if (damagedLedgers > damagedBefore) {
      log.error({ damagedLedgers }, 'the state of backups was changed, or is of another HSM');
    }
    damagedBefore = damagedLedgers;
    if (wrappingKeysLeft < FEW_KEYS && wrappingKeysLeft !== leftBefore) {
      log.warn({ wrappingKeysLeft }, 'few wrapping keys are left on the token');
    }
    leftBefore = wrappingKeysLeft;
  };
  const tend = (): Promise<void> => {
    underWay ??= vault
      .tend()
      .then(warn)
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
