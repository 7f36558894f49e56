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
import type { RecordReader } from '../records/index.ts';
import { readWalk } from './ledger-walk.ts';
import { openLedger } from './read-ledger.ts';
import { readServedMs } from './served-time.ts';

export interface LedgerReaderOptions {
  readonly hsm: Hsm;
  readonly records: RecordReader;
}

/** How many ledgers are in each state. */
export type LedgerCounts = Readonly<Record<LedgerState, number>>;

const PAGE = 1000;

/** By what a ledger is judged: the running vault's limits and time. */
interface Judging {
  readonly limits: VaultLimits;
  readonly servedMs: number;
}

/** All its calls throw `internal` when the database is not of this HSM, and what that and the record store throw. */
export class LedgerReader {
  readonly #options: LedgerReaderOptions;

  constructor(options: LedgerReaderOptions) {
    this.#options = options;
  }

  /** How a ledger stands, what is due done; null when there is none. @param backupId 32 bytes. */
  async status(backupId: Uint8Array): Promise<LedgerStatus | null> {
    return await this.#statusOf(backupId, await this.#judging());
  }

  /** Looks at every ledger, one after the other. */
  async count(): Promise<LedgerCounts> {
    const counts = { none: 0, ready: 0, delayed: 0, frozen: 0, 'locked-out': 0, suspended: 0 };
    const judging = await this.#judging();
    let page: Uint8Array[] = [];
    do {
      page = await this.#options.records.listLedgers(page.at(-1) ?? null, PAGE);
      for (const backupId of page) {
        const status = await this.#statusOf(backupId, judging);
        if (status !== null) counts[status.state]++;
      }
    } while (page.length > 0);
    return counts;
  }

  /** The vault notes its limits in the database when it starts. */
  async #judging(): Promise<Judging> {
    const noted = await readWalk(this.#options);
    const limits = { ...DEFAULT_LIMITS, ...noted?.limits };
    return { limits, servedMs: await readServedMs(this.#options) };
  }

  async #statusOf(
    backupId: Uint8Array,
    { limits, servedMs }: Judging,
  ): Promise<LedgerStatus | null> {
    const { hsm, records } = this.#options;
    const stored = await records.read(backupId);
    if (stored === null) return null;
    const read = await openLedger(hsm, backupId, stored);
    const { ledger } = settle(read.ledger, limits, servedMs);
    return statusOf(ledger, limits, servedMs);
  }
}
