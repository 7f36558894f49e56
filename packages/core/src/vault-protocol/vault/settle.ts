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

/** When something takes effect without anybody asking, or null; never while it is suspended. */
export function nextDueMs(ledger: Ledger, limits: VaultLimits): number | null {
  if (ledger.suspendedAtMs !== null) return null;
  const times = ledger.records.flatMap((record) => waitsUntil(ledger, record) ?? []);
  const hasKeys = evaluableOf(ledger).length > 0;
  if (hasKeys && isAtLimit(ledger, limits)) times.push(destroyedAtMs(ledger));
  return times.length === 0 ? null : Math.min(...times);
}

/** Does all that is due, in the order of its times. The ledger is the same object when nothing was. */
export function settle(ledger: Ledger, limits: VaultLimits, servedMs: number): Ruling {
  let ruling = rule(ledger);
  for (;;) {
    const dueMs = nextDueMs(ruling.ledger, limits);
    if (dueMs === null || dueMs > servedMs) return ruling;
    ruling = follow(ruling, (given) => settleOne(given, dueMs));
  }
}

function settleOne(ledger: Ledger, dueMs: number): Ruling {
  const due = ledger.records.filter((record) => waitsUntil(ledger, record) === dueMs);
  const record = due.find(({ state }) => state === 'pending') ?? due[0];
  if (record === undefined) return destroyAtLimit(ledger);
  if (isEvaluable(record))
    return rule(endRecord(ledger, record, 'removed'), ['removed', record.id]);
  return rule(goLive(ledger, record), ['live', record.id]);
}

/** Old records first: what was just set is not destroyed for guesses at what it replaces. */
function destroyAtLimit(ledger: Ledger): Ruling {
  const record = ledger.records.find(({ state }) => state === 'old') ?? liveOf(ledger);
  if (record === undefined) throw new TypeError('"ledger" must have an evaluable record');
  return rule(endRecord(ledger, record, 'destroyed'), ['destroyed', record.id]);
}

/**
 * Until when a change of a record waits; null when none does. A pending record does not wait for its
 * time when nothing is evaluable, and waits past it while there is no place for the one it makes old.
 */
function waitsUntil(ledger: Ledger, { state, dueMs }: VaultRecord): number | null {
  if (state !== 'pending') return dueMs;
  if (evaluableOf(ledger).length === 0) return 0;
  return hasRoomForOld(ledger) ? dueMs : null;
}
