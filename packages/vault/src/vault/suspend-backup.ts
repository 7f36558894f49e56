/** An operator keeps guesses from one backup, or lets them go on (spec/vault-protocol.md §6.9). */
import { HoldfastError } from '@holdfast/core/errors';
import { DEFAULT_LIMITS, resumeLedger, settle, suspendLedger } from '@holdfast/core/vault-protocol';
import type { Hsm } from '../hsm/index.ts';
import type { RecordStore } from '../records/index.ts';
import { readWalk } from './ledger-walk.ts';
import { SealedLedgers } from './sealed-ledgers.ts';
import { readServedMs } from './served-time.ts';

const TRIES_MAX = 64;

export interface SuspendOptions {
  readonly hsm: Hsm;
  readonly records: RecordStore;
  /** Whether guesses are kept from it from now on. */
  readonly isSuspended: boolean;
}

/**
 * Beside the running vault.
 *
 * @param backupId 32 bytes.
 * @returns false when this vault has no such backup.
 * @throws {HoldfastError} `busy` when others change it all the time; what HSM and record store throw.
 */
export async function suspendBackup(
  backupId: Uint8Array,
  { hsm, records, isSuspended }: SuspendOptions,
): Promise<boolean> {
  const noted = await readWalk({ hsm, records });
  const limits = { ...DEFAULT_LIMITS, ...noted?.limits };
  const ledgers = new SealedLedgers(hsm, records, limits);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const servedMs = await readServedMs({ hsm, records });
    const before = await ledgers.read(backupId, false);
    if (before === null) return false;
    const settled = settle(before.ledger, limits, servedMs);
    const change = isSuspended ? suspendLedger : resumeLedger;
    const { ledger, events } = change(settled.ledger, servedMs);
    if (ledger === before.ledger) return true;
    const decision = { ledger, events: [...settled.events, ...events], keeps: null };
    const timeMs = Date.now();
    const written = await ledgers.write({ before, decision, timeMs, consumeToken: null });
    if (written !== 'conflict') return true;
  }
  throw new HoldfastError('busy', 'Cannot change a backup: others change it all the time');
}
