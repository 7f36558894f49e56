/** How records and changes end before their time (spec/vault-protocol.md §6.7). */
import { equalBytes } from '../../bytes/index.ts';
import type { LogEventKind } from '../messages/index.ts';
import { isEvaluable, type Ledger, type VaultLimits, type VaultRecord } from './ledger.ts';
import { countOwnerChange } from './owner-changes.ts';
import { dropRecord, endRecord, isEnded, liveOf } from './record-states.ts';
import { type Ruling, refuse, rule, withRecord } from './ruling.ts';

/** What a removal or a cancel names. */
export interface SeenRecord {
  readonly recordId: Uint8Array;
  /** Number of the newest entry of the log that its sender had seen. */
  readonly seenNumber: number;
}

/** Ends all old records, which the proof key of the live one asks for. */
export function retireOld(ledger: Ledger): Ruling {
  const old = ledger.records.filter(({ state }) => state === 'old');
  const next = old.reduce((rest, record) => endRecord(rest, record, 'removed'), ledger);
  return rule(next, ...old.map(({ id }): [LogEventKind, Uint8Array] => ['retired', id]));
}

/**
 * Ends one record: at once if nobody could have guessed at it yet, or its password's owner says so.
 *
 * @param isProved Whether the record's own proof key signed; null when it was not asked to.
 */
export function removeRecord(
  ledger: Ledger,
  { recordId, seenNumber }: SeenRecord,
  isProved: boolean | null,
  limits: VaultLimits,
  servedMs: number,
): Ruling {
  const record = ledger.records.find(({ id }) => equalBytes(id, recordId));
  if (record === undefined || isEnded(record)) return refuse(ledger, 'unknown');
  if (!isEvaluable(record)) return rule(dropRecord(ledger, record), ['removed', record.id]);
  if (isProved === false) return refuse(ledger, 'not-proved');
  if (seenNumber < record.changedAt) return refuse(ledger, 'conflict');
  if (isProved) return rule(endRecord(ledger, record, 'removed'), ['removed', record.id]);
  if (record.dueMs !== null) return rule(ledger);
  const counted = countOwnerChange(ledger, servedMs);
  if (counted === null) return refuse(ledger, 'conflict');
  const dueMs = servedMs + limits.replacementDelayMs;
  const due = { ...record, dueMs, changedAt: ledger.log.number + 1 };
  return rule(withRecord(counted, due), ['removal-due', record.id]);
}

/**
 * Ends a change that is under way: a pending record, or the removal of an evaluable one.
 *
 * @param signer Whose proof key asks for it: the live record's, or that of the record to be removed.
 */
export function cancelChange(
  ledger: Ledger,
  { recordId, seenNumber }: SeenRecord,
  signer: VaultRecord,
): Ruling {
  const record = ledger.records.find(({ id }) => equalBytes(id, recordId));
  if (record === undefined || record.dueMs === null) return refuse(ledger, 'unknown');
  const isPending = record.state === 'pending';
  if (signer !== (isPending ? liveOf(ledger) : record)) return refuse(ledger, 'unknown');
  if (seenNumber < record.changedAt) return refuse(ledger, 'conflict');
  const next = isPending
    ? dropRecord(ledger, record)
    : withRecord(ledger, { ...record, dueMs: null, changedAt: ledger.log.number + 1 });
  return rule(next, ['cancelled', record.id]);
}
