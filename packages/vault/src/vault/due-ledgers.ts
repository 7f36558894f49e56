/**
 * Does what falls due in ledgers without anybody asking (spec/vault-protocol.md §4.3). A damaged ledger
 * keeps none of the others waiting: it is set aside until the vault starts again.
 */
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { settle, type VaultLimits } from '@holdfast/core/vault-protocol';
import { LIST_MAX, type RecordStore } from '../records/record-store.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import type { SealedLedgers } from './sealed-ledgers.ts';

const SWEPT_AT_ONCE = 100;

export interface DueLedgersOptions {
  readonly records: RecordStore;
  readonly ledgers: SealedLedgers;
  readonly limits: VaultLimits;
  /** Of all work on ledgers, by the hex of their backup's id. */
  readonly queue: OneAtATime;
  /** Served time, milliseconds. */
  readonly servedMs: () => number;
  /** Wall clock, for the log. */
  readonly now: () => number;
}

export class DueLedgers {
  readonly #options: DueLedgersOptions;
  /** Hex of the ids of those that can't be used. */
  readonly #damaged = new Set<string>();

  constructor(options: DueLedgersOptions) {
    this.#options = options;
  }

  /**
   * Settles those that are due, some at a time.
   *
   * @throws {HoldfastError} `internal` at its end while there are damaged ones; what HSM and record
   *   store throw.
   */
  async sweep(): Promise<void> {
    const { records, servedMs } = this.#options;
    const limit = Math.min(SWEPT_AT_ONCE + this.#damaged.size, LIST_MAX);
    for (const backupId of await records.listDue(servedMs(), limit)) await this.#visit(backupId);
    if (this.#damaged.size === 0) return;
    const state = `${this.#damaged.size} of them were changed, or are of another HSM`;
    throw new HoldfastError('internal', `Cannot do what is due in all ledgers: ${state}`);
  }

  async #visit(backupId: Uint8Array): Promise<void> {
    const id = toHex(backupId);
    if (this.#damaged.has(id)) return;
    try {
      await this.#options.queue.run(id, () => this.#settle(backupId));
    } catch (error) {
      if (!isLedgersOwn(error)) throw error;
      this.#damaged.add(id);
    }
  }

  async #settle(backupId: Uint8Array): Promise<void> {
    const { ledgers, limits, servedMs, now } = this.#options;
    const before = await ledgers.read(backupId, false);
    if (before === null) return;
    const { ledger, events } = settle(before.ledger, limits, servedMs());
    if (ledger === before.ledger) return;
    const decision = { ledger, events, keeps: null };
    // Who was faster has settled it, too.
    await ledgers.write({ before, decision, timeMs: now(), consumeToken: null });
  }
}

/** Whether the ledger is at fault, such as by a log that is not its own, and neither HSM nor database. */
function isLedgersOwn(error: unknown): boolean {
  if (error instanceof HoldfastError) return error.code === 'internal' || error.code === 'damaged';
  return error instanceof RangeError;
}
