/**
 * What a ledger needs without anybody asking: that what is due is done, that the database knows when it is due
 * next, and that its keys are under the wrapping key of the day (spec/vault-protocol.md §4.3, §11.5).
 *
 * A damaged ledger keeps none of the others waiting: it is set aside until the vault starts again.
 */
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { type Ledger, nextDueMs, settle, type VaultLimits } from '@holdfast/core/vault-protocol';
import { type Hsm, wrappingKeyOf } from '../hsm/index.ts';
import type { KeyRotation } from './key-rotation.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import type { SealedLedgers } from './sealed-ledgers.ts';

const TRIES_MAX = 64;

export interface LedgerUpkeepOptions {
  readonly hsm: Hsm;
  readonly ledgers: SealedLedgers;
  readonly rotation: KeyRotation;
  readonly limits: VaultLimits;
  /** Of all work on ledgers, by the hex of their backup's id. */
  readonly queue: OneAtATime;
  /** Served time, milliseconds. */
  readonly servedMs: () => number;
  /** Wall clock, for the log. */
  readonly now: () => number;
}

export class LedgerUpkeep {
  readonly #options: LedgerUpkeepOptions;
  /** Hex of the ids of those that can't be used. */
  readonly #damaged = new Set<string>();

  constructor(options: LedgerUpkeepOptions) {
    this.#options = options;
  }

  /** How many were set aside. */
  get damagedCount(): number {
    return this.#damaged.size;
  }

  /** @throws what HSM and record store throw; `busy` while other nodes are always faster. */
  async visit(backupId: Uint8Array): Promise<void> {
    const id = toHex(backupId);
    if (this.#damaged.has(id)) return;
    try {
      await this.#options.queue.run(id, () => this.#update(backupId));
    } catch (error) {
      if (!isLedgersOwn(error)) throw error;
      this.#damaged.add(id);
    }
  }

  async #update(backupId: Uint8Array): Promise<void> {
    const { ledgers, limits, servedMs, now } = this.#options;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const before = await ledgers.read(backupId, false);
      if (before === null) return;
      const { ledger: settled, events } = settle(before.ledger, limits, servedMs());
      const ledger = await this.#rewrap(settled);
      if (ledger === before.ledger && nextDueMs(ledger, limits) === before.dueAtMs) return;
      const decision = { ledger, events, keeps: null };
      const written = await ledgers.write({ before, decision, timeMs: now(), consumeToken: null });
      if (written !== 'conflict') return;
    }
    throw new HoldfastError('busy', 'Cannot look after a ledger: others change it all the time');
  }

  /** The same object when no key of it is under an older wrapping key that is still there. */
  async #rewrap(ledger: Ledger): Promise<Ledger> {
    const { number, keys } = this.#options.rotation.current;
    const isOlder = (wrappedKey: Uint8Array): boolean => {
      if (wrappedKey.length === 0) return false;
      const wrappingKey = wrappingKeyOf(wrappedKey);
      return wrappingKey >= keys.first && wrappingKey < number;
    };
    if (!ledger.records.some(({ wrappedKey }) => isOlder(wrappedKey))) return ledger;
    const records = [];
    for (const record of ledger.records) {
      const { wrappedKey } = record;
      records.push(
        isOlder(wrappedKey)
          ? { ...record, wrappedKey: await this.#options.hsm.rewrap(wrappedKey, number) }
          : record,
      );
    }
    return { ...ledger, records };
  }
}

/** Whether the ledger is at fault, such as by a log that is not its own, and neither HSM nor database. */
function isLedgersOwn(error: unknown): boolean {
  if (error instanceof HoldfastError) return error.code === 'internal' || error.code === 'damaged';
  return error instanceof RangeError;
}
