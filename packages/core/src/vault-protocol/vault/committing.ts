/** How a staged record becomes live, at once or after a delay (spec/vault-protocol.md §6.4). */
import { equalBytes } from '../../bytes/index.ts';
import type { Ledger, VaultLimits, VaultRecord } from './ledger.ts';
import {
  dropRecord,
  evaluableOf,
  goLive,
  hasRoomForOld,
  liveOf,
  pendingOf,
} from './record-states.ts';
import { type Ruling, refuse, rule, withRecord } from './ruling.ts';

/** What a certificate says that its owner signed, of a record that is what it says. */
export interface Commit {
  /** The ledger's, whose id it names; not one that is destroyed. */
  readonly of: VaultRecord;
  readonly version: number;
  readonly hash: Uint8Array;
  readonly proofPublicKey: Uint8Array;
  /** Whether the proof key of the record that is live here signed the certificate too. */
  readonly isProved: boolean;
}

/** @param ledger Settled at `servedMs`. */
export function commitRecord(
  ledger: Ledger,
  commit: Commit,
  limits: VaultLimits,
  servedMs: number,
): Ruling {
  const record = commit.of;
  const isSame = record.state !== 'staged' && equalBytes(record.hash, commit.hash);
  const isAtOnce = commit.isProved || evaluableOf(ledger).length === 0;
  if (isSame && !(record.state === 'pending' && isAtOnce)) return rule(ledger);
  const isTaken = record.state !== 'staged' && !(record.state === 'pending' && isAtOnce);
  if (isTaken || record.version !== commit.version) return refuse(ledger, 'conflict');
  if (ledger.lifetime >= limits.lifetime) return refuse(ledger, 'locked-out');
  const live = liveOf(ledger);
  const pending = pendingOf(ledger);
  const isLater = (other: VaultRecord | undefined): boolean =>
    other !== undefined && other.version >= record.version;
  if (isLater(live) || (!isAtOnce && isLater(pending))) return refuse(ledger, 'superseded');
  const { hash, proofPublicKey } = commit;
  const committed: VaultRecord = { ...record, hash, proofPublicKey, element: new Uint8Array(0) };
  if (isAtOnce) {
    if (!hasRoomForOld(ledger)) return refuse(ledger, 'conflict');
    return rule(goLive(withRecord(ledger, committed), committed), ['live', record.id]);
  }
  const delayed: VaultRecord = {
    ...committed,
    state: 'pending',
    dueMs: servedMs + limits.replacementDelayMs,
  };
  const rest = pending === undefined ? ledger : dropRecord(ledger, pending);
  return rule(withRecord(rest, delayed), ['pending', record.id]);
}
