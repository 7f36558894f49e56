/** What takes effect by itself when its time has come (spec/vault-protocol.md §4.3, §6.4, §6.7). */
import {
  destroyedAtMs,
  isAtLimit,
  isEvaluable,
  type Ledger,
  type VaultLimits,
  type VaultRecord,
} from './ledger.ts';
import { endRecord, evaluableOf, goLive, hasRoomForOld, liveOf } from './record-states.ts';
import { follow, type Ruling, rule } from './ruling.ts';

/** When something takes effect without anybody asking, or null. */
export function nextDueMs(ledger: Ledger, limits: VaultLimits): number | null {
  const times = ledger.records.flatMap((record) =>
    isWaiting(ledger, record) ? [record.dueMs] : [],
  );
  if (evaluableOf(ledger).length > 0 && isAtLimit(ledger, limits))
    times.push(destroyedAtMs(ledger));
  return times.length === 0 ? null : Math.min(...times);
}

/** Does all that is due. The ledger is the same object when nothing was. */
export function settle(ledger: Ledger, limits: VaultLimits, servedMs: number): Ruling {
  let ruling = rule(ledger);
  for (;;) {
    const dueMs = nextDueMs(ruling.ledger, limits);
    if (dueMs === null || dueMs > servedMs) return ruling;
    ruling = follow(ruling, (given) => settleOne(given, dueMs));
  }
}

function settleOne(ledger: Ledger, dueMs: number): Ruling {
  const record = ledger.records.find((other) => isWaiting(ledger, other) && other.dueMs === dueMs);
  if (record === undefined) return destroyAtLimit(ledger);
  if (isEvaluable(record))
    return rule(endRecord(ledger, record, 'removed'), ['removed', record.id]);
  return rule(goLive(ledger, record), ['live', record.id]);
}

/** Old records first: what was just set is not destroyed for guesses at what it replaces. */
function destroyAtLimit(ledger: Ledger): Ruling {
  const [record] = ledger.records.filter(({ state }) => state === 'old');
  const next = record ?? liveOf(ledger);
  if (next === undefined) throw new TypeError('"ledger" must have an evaluable record');
  return rule(endRecord(ledger, next, 'destroyed'), ['destroyed', next.id]);
}

/** A pending record waits on, past its time, while there is no place for the one that it makes old. */
function isWaiting(
  ledger: Ledger,
  record: VaultRecord,
): record is VaultRecord & { readonly dueMs: number } {
  return record.dueMs !== null && (record.state !== 'pending' || hasRoomForOld(ledger));
}
