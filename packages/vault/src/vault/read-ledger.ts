/** A ledger as a database holds it, opened: the HSM has sealed it for its own backup (spec/vault-protocol.md §4.2). */
import { concatBytes, equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { decodeLedger, type Ledger } from '@holdfast/core/vault-protocol';
import { label } from '@holdfast/core/wire';
import type { Hsm } from '../hsm/index.ts';
import type { StoredLedger } from '../records/index.ts';

export interface ReadLedger {
  readonly ledger: Ledger;
  readonly revision: number;
  /** When the database believes it to be due. */
  readonly dueAtMs: number | null;
}

/** What a ledger is sealed for. */
export function ledgerContext(backupId: Uint8Array): Uint8Array {
  return concatBytes(label('vault-ledger'), backupId);
}

/**
 * @throws {HoldfastError} `internal` when it is not what the HSM sealed for this backup.
 */
export async function openLedger(
  hsm: Hsm,
  backupId: Uint8Array,
  stored: StoredLedger,
): Promise<ReadLedger> {
  const { revision, sealed, dueAtMs } = stored;
  const opened = await hsm.open(ledgerContext(backupId), sealed);
  const ledger = opened === null ? null : decodeLedger(opened);
  if (ledger === null || !equalBytes(ledger.backupId, backupId)) {
    const state = 'a ledger was changed, or is of another HSM';
    throw new HoldfastError('internal', `Cannot use the vault's database: ${state}`);
  }
  return { ledger, revision, dueAtMs };
}
