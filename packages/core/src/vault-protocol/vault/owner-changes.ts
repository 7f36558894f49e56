/**
 * What the owner key alone may add to a log (spec/vault-protocol.md §6.8): so much a day, or a lost device
 * could fill the vault's disk.
 */
import { OWNER_CHANGES_MAX, OWNER_CHANGES_MS } from '../limits.ts';
import type { Ledger } from './ledger.ts';

/** The ledger with one more counted; null when there were as many as may be. */
export function countOwnerChange(ledger: Ledger, servedMs: number): Ledger | null {
  const isNewDay = servedMs - ledger.ownerChangesSinceMs >= OWNER_CHANGES_MS;
  const before = isNewDay || ledger.ownerChanges === 0 ? 0 : ledger.ownerChanges;
  if (before >= OWNER_CHANGES_MAX) return null;
  const ownerChangesSinceMs = before === 0 ? servedMs : ledger.ownerChangesSinceMs;
  return { ...ledger, ownerChanges: before + 1, ownerChangesSinceMs };
}
