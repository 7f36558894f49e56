/**
 * What an operator may see of a vault's ledgers: how they stand, as their owners see it too. Changes
 * nothing, adds no guesses, and shows no key.
 */
import {
  DEFAULT_LIMITS,
  type LedgerState,
  type LedgerStatus,
  settle,
  statusOf,
  type VaultLimits,
} from '@holdfast/core/vault-protocol';
import type { Hsm } from '../hsm/index.ts';
import type { RecordStore } from '../records/index.ts';
import { SealedLedgers } from './sealed-ledgers.ts';
import { readServedMs } from './served-time.ts';

export interface LedgerReaderOptions {
  readonly hsm: Hsm;
  readonly records: RecordStore;
  readonly limits?: VaultLimits;
}

/** How many ledgers are in each state. */
export type LedgerCounts = Readonly<Record<LedgerState, number>>;

const PAGE = 1000;

/** All its calls throw `internal` when the database is not of this HSM, and what that and the record store throw. */
export class LedgerReader {
  readonly #options: LedgerReaderOptions;
  readonly #limits: VaultLimits;
  readonly #ledgers: SealedLedgers;

  constructor(options: LedgerReaderOptions) {
    const { hsm, records, limits = DEFAULT_LIMITS } = options;
    this.#options = options;
    this.#limits = limits;
    this.#ledgers = new SealedLedgers(hsm, records, limits);
  }

  /** How a ledger stands, what is due done; null when there is none. @param backupId 32 bytes. */
  async status(backupId: Uint8Array): Promise<LedgerStatus | null> {
    return await this.#statusAt(backupId, await readServedMs(this.#options));
  }

  /** Looks at every ledger, one after the other. */
  async count(): Promise<LedgerCounts> {
    const counts = { none: 0, ready: 0, delayed: 0, frozen: 0, 'locked-out': 0 };
    const servedMs = await readServedMs(this.#options);
    let page: Uint8Array[] = [];
    do {
      page = await this.#options.records.listLedgers(page.at(-1) ?? null, PAGE);
      for (const backupId of page) {
        const status = await this.#statusAt(backupId, servedMs);
        if (status !== null) counts[status.state]++;
      }
    } while (page.length > 0);
    return counts;
  }

  async #statusAt(backupId: Uint8Array, servedMs: number): Promise<LedgerStatus | null> {
    const read = await this.#ledgers.read(backupId, false);
    if (read === null) return null;
    const { ledger } = settle(read.ledger, this.#limits, servedMs);
    return statusOf(ledger, this.#limits, servedMs);
  }
}
