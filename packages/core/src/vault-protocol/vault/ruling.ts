/** What a rule makes of a ledger. */
import type { LogEvent, LogEventKind, Outcome } from '../messages/index.ts';
import { type Ledger, totalOf, type VaultRecord } from './ledger.ts';

export interface Ruling {
  readonly outcome: Outcome;
  /** The same object when nothing changed. */
  readonly ledger: Ledger;
  /** For the log, in order. */
  readonly events: readonly LogEvent[];
}

/** Nothing changes. */
export function refuse(ledger: Ledger, outcome: Outcome): Ruling {
  return { outcome, ledger, events: [] };
}

/** @param happened In order; what they count is that of `ledger`. */
export function rule(
  ledger: Ledger,
  ...happened: readonly (readonly [LogEventKind, Uint8Array | null, Uint8Array?])[]
): Ruling {
  const counts = { total: totalOf(ledger), lifetime: ledger.lifetime };
  const events = happened.map(([what, recordId, attemptId = null]) => {
    return { what, recordId, attemptId, ...counts };
  });
  return { outcome: 'done', ledger, events };
}

/** A ruling on what another one left, with the events of both. */
export function follow(first: Ruling, next: (ledger: Ledger) => Ruling): Ruling {
  const second = next(first.ledger);
  return { ...second, events: [...first.events, ...second.events] };
}

/** The ledger with one record exchanged. */
export function withRecord(ledger: Ledger, record: VaultRecord): Ledger {
  const { records } = ledger;
  const of = (other: VaultRecord): boolean => other.id === record.id;
  return { ...ledger, records: records.map((other) => (of(other) ? record : other)) };
}
