/** How records pass from one state to the next (spec/vault-protocol.md §4.2). */
import { DESTROYED_MAX, OLD_MAX } from '../limits.ts';
import { isEvaluable, type Ledger, type VaultRecord } from './ledger.ts';
import { withRecord } from './ruling.ts';

/** Whether the live record, if there is one, may become old. */
export function hasRoomForOld({ records }: Ledger): boolean {
  const isLive = records.some(({ state }) => state === 'live');
  return !isLive || records.filter(({ state }) => state === 'old').length < OLD_MAX;
}

/**
 * A record becomes live: the one before it old; what else was on its way is gone.
 *
 * @param record Of the ledger, which has room for one more old record.
 */
export function goLive(ledger: Ledger, record: VaultRecord): Ledger {
  const records = ledger.records.flatMap((other): VaultRecord[] => {
    if (other === record) return [{ ...record, state: 'live', dueMs: null }];
    if (other.state === 'live') return [{ ...other, state: 'old', dueMs: null }];
    if (other.state === 'old') return [{ ...other, dueMs: null }];
    const isOvertaken = other.state === 'staged' && other.version <= record.version;
    return other.state === 'pending' || isOvertaken ? [] : [other];
  });
  return { ...ledger, records };
}

/**
 * The key of an evaluable record is deleted; its name stays, for a while. Of old records that remain
 * without a live one, that of the greatest version is live again.
 */
export function endRecord(
  ledger: Ledger,
  record: VaultRecord,
  state: 'destroyed' | 'removed',
): Ledger {
  const none = new Uint8Array(0);
  const ended: VaultRecord = {
    ...record,
    state,
    wrappedKey: none,
    element: none,
    stageId: none,
    row: 0,
    dueMs: null,
  };
  const names = ledger.records.filter(isEnded);
  const forgotten = new Set(names.slice(0, Math.max(0, names.length + 1 - DESTROYED_MAX)));
  const { records } = withRecord(ledger, ended);
  const kept = { ...ledger, records: records.filter((other) => !forgotten.has(other)) };
  const [next] = evaluableOf(kept).toSorted((a, b) => b.version - a.version);
  if (next === undefined || liveOf(kept) !== undefined) return kept;
  return withRecord(kept, { ...next, state: 'live' });
}

/** A record that was never evaluable is forgotten altogether. */
export function dropRecord(ledger: Ledger, record: VaultRecord): Ledger {
  return { ...ledger, records: ledger.records.filter((other) => other !== record) };
}

/** Whether a certificate named it, and it has not ended. */
export function isCommitted({ state }: VaultRecord): boolean {
  return state === 'pending' || isEvaluable({ state });
}

export function isEnded({ state }: VaultRecord): boolean {
  return state === 'destroyed' || state === 'removed';
}

export function liveOf({ records }: Ledger): VaultRecord | undefined {
  return records.find(({ state }) => state === 'live');
}

export function pendingOf({ records }: Ledger): VaultRecord | undefined {
  return records.find(({ state }) => state === 'pending');
}

export function evaluableOf({ records }: Ledger): readonly VaultRecord[] {
  return records.filter(isEvaluable);
}
