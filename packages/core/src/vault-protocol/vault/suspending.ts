/**
 * How a vault's operator keeps guesses from a ledger for a while (spec/vault-protocol.md §6.9). Its time
 * stands still meanwhile: nothing falls due while the owner can't use the password.
 */
import type { Ledger } from './ledger.ts';
import { type Ruling, rule } from './ruling.ts';

/** @param ledger Settled at `servedMs`. */
export function suspendLedger(ledger: Ledger, servedMs: number): Ruling {
  if (ledger.suspendedAtMs !== null) return rule(ledger);
  return rule({ ...ledger, suspendedAtMs: servedMs }, ['suspended', null]);
}

/** All times are as far away as they were when it was suspended. */
export function resumeLedger(ledger: Ledger, servedMs: number): Ruling {
  if (ledger.suspendedAtMs === null) return rule(ledger);
  const passedMs = Math.max(0, servedMs - ledger.suspendedAtMs);
  const resumed: Ledger = {
    ...ledger,
    suspendedAtMs: null,
    lastGuessMs: ledger.lastGuessMs + passedMs,
    ownerChangesSinceMs: ledger.ownerChangesSinceMs + passedMs,
    attempts: ledger.attempts.map((attempt) => ({
      ...attempt,
      timeMs: attempt.timeMs + passedMs,
    })),
    records: ledger.records.map((record) =>
      record.dueMs === null ? record : { ...record, dueMs: record.dueMs + passedMs },
    ),
  };
  return rule(resumed, ['resumed', null]);
}
