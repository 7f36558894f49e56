/**
 * Ledgers as the record store holds them: sealed by the HSM, each for its own backup
 * (spec/vault-protocol.md §4.2), with the log, and the records that certificates named.
 */
import { equalBytes, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import {
  DECOY,
  type Decision,
  encodeLedger,
  encodeLogEntry,
  hashLogEntry,
  keptHashes,
  type Ledger,
  LOG_PAGE,
  type LogEnd,
  nextDueMs,
  type VaultLimits,
} from '@holdfast/core/vault-protocol';
import type { Hsm } from '../hsm/index.ts';
import { RecentValues } from '../recent-values.ts';
import type { LedgerChange, RecordStore, StoredLedger } from '../records/index.ts';
import { ledgerContext, openLedger, type ReadLedger } from './read-ledger.ts';

/** Ledgers that stay opened: a proof comes soon after its guess. */
const OPENED_MAX = 256;

/** A change that a decision makes, and when. */
export interface LedgerWrite {
  /** What was decided on; null: there was none. */
  readonly before: ReadLedger | null;
  readonly decision: Pick<Decision, 'ledger' | 'events' | 'keeps'>;
  /** Wall clock, for the log. */
  readonly timeMs: number;
  readonly consumeToken: NonNullable<LedgerChange['consumeToken']> | null;
}

export class SealedLedgers {
  readonly #hsm: Hsm;
  readonly #records: RecordStore;
  readonly #limits: VaultLimits;
  /** Sealed: opened where there is no ledger, so that the time of an answer does not show that. */
  #decoy: Uint8Array | null = null;
  /** What certain sealed bytes were, or are. */
  readonly #opened = new RecentValues<{ sealed: Uint8Array; ledger: Ledger }>(OPENED_MAX);

  constructor(hsm: Hsm, records: RecordStore, limits: VaultLimits) {
    this.#hsm = hsm;
    this.#records = records;
    this.#limits = limits;
  }

  /**
   * @param isSettled Whether what is read must not be lost any more: needed by who answers without writing.
   * @throws {HoldfastError} `internal` when it is not what the HSM sealed for this backup.
   */
  async read(backupId: Uint8Array, isSettled: boolean): Promise<ReadLedger | null> {
    const stored = isSettled
      ? await this.#records.readSettled(backupId)
      : await this.#records.read(backupId);
    if (stored !== null) return await this.#open(backupId, backupId, stored);
    this.#decoy ??= await this.#hsm.seal(ledgerContext(DECOY.backupId), encodeLedger(DECOY));
    const decoy = { revision: 1, sealed: this.#decoy, dueAtMs: null };
    await this.#open(backupId, DECOY.backupId, decoy);
    return null;
  }

  /** Makes a decision durable. @returns The ledger as it is then, or why it was not. */
  async write(write: LedgerWrite): Promise<Ledger | 'conflict' | 'token-used'> {
    const { before, decision, timeMs, consumeToken } = write;
    const { backupId } = decision.ledger;
    const { entries, end } = await chainEvents(decision, timeMs);
    const ledger: Ledger = { ...decision.ledger, log: end };
    const { keeps } = decision;
    const sealed = await this.#hsm.seal(ledgerContext(backupId), encodeLedger(ledger));
    const change: LedgerChange = {
      ledgerId: backupId,
      expectedRevision: before?.revision ?? null,
      sealed,
      dueAtMs: nextDueMs(ledger, this.#limits),
      deleteObjects: lostHashes(before?.ledger ?? null, ledger),
      ...(entries.length > 0 && {
        appendLog: { firstNumber: decision.ledger.log.number + 1, entries },
      }),
      ...(keeps !== null && {
        putObjects: [{ name: keeps.hash, bytes: keeps.bytes }],
      }),
      ...(consumeToken !== null && { consumeToken }),
    };
    const outcome = await this.#records.commit(change);
    if (outcome !== 'committed') return outcome;
    this.#opened.keep(toHex(backupId), { sealed, ledger });
    return ledger;
  }

  /** A record with its certificate, or a head; null when it is gone. */
  async readObject(backupId: Uint8Array, hash: Uint8Array): Promise<Uint8Array | null> {
    return await this.#records.readObject(backupId, hash);
  }

  async readLog(backupId: Uint8Array, from: number): Promise<Uint8Array[]> {
    return await this.#records.readLog(backupId, from, LOG_PAGE);
  }

  /** @param asked Backup id that was asked for. @param sealedFor That of the ledger. */
  async #open(asked: Uint8Array, sealedFor: Uint8Array, stored: StoredLedger): Promise<ReadLedger> {
    const name = toHex(asked);
    const kept = this.#opened.get(name);
    if (kept !== undefined && equalBytes(kept.sealed, stored.sealed)) {
      const { revision, dueAtMs } = stored;
      return { ledger: kept.ledger, revision, dueAtMs };
    }
    const read = await openLedger(this.#hsm, sealedFor, stored);
    this.#opened.keep(name, { sealed: stored.sealed, ledger: read.ledger });
    return read;
  }
}

async function chainEvents(
  { ledger, events }: Pick<Decision, 'ledger' | 'events'>,
  timeMs: number,
): Promise<{ readonly entries: readonly Uint8Array[]; readonly end: LogEnd }> {
  const entries: Uint8Array[] = [];
  let end = ledger.log;
  for (const event of events) {
    const number = end.number + 1;
    const entry = encodeLogEntry({ ...event, number, previousHash: end.hash, timeMs });
    entries.push(entry);
    end = { number, hash: await hashLogEntry(nodeCrypto, ledger.backupId, entry) };
  }
  return { entries, end };
}

/** Of what was kept beside the ledger, and is so no more. */
function lostHashes(before: Ledger | null, after: Ledger): Uint8Array[] {
  if (before === null) return [];
  const remaining = keptHashes(after);
  return keptHashes(before).filter((hash) => !remaining.some((other) => equalBytes(hash, other)));
}
