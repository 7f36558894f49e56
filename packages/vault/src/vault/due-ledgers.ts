/** Does what falls due in ledgers without anybody asking (spec/vault-protocol.md §4.3). */
import { LIST_MAX, type RecordStore } from '../records/record-store.ts';
import type { LedgerUpkeep } from './ledger-upkeep.ts';

const SWEPT_AT_ONCE = 100;

/**
 * Looks after those that are due, some at a time.
 *
 * @param servedMs Served time, milliseconds.
 * @throws what HSM and record store throw.
 */
export async function sweepDueLedgers(
  records: RecordStore,
  upkeep: LedgerUpkeep,
  servedMs: number,
): Promise<void> {
  const limit = Math.min(SWEPT_AT_ONCE + upkeep.damagedCount, LIST_MAX);
  for (const backupId of await records.listDue(servedMs, limit)) await upkeep.visit(backupId);
}
