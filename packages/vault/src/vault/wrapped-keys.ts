/** Under which wrapping keys the records of a database are: told by opening every ledger. */
import { HoldfastError } from '@holdfast/core/errors';
import { type Hsm, wrappingKeyOf } from '../hsm/index.ts';
import type { RecordReader } from '../records/index.ts';
import { openLedger } from './read-ledger.ts';

const PAGE = 1000;

export interface WrappedKeys {
  readonly ledgers: number;
  /** Those that have a key under a wrapping key before the one that was asked for, which the HSM still has. */
  readonly behind: number;
  /**
   * Those that were changed, or are of another HSM, and those with a key under a wrapping key that is
   * destroyed, such as in a database that was set back; keys that it can't unwrap, too, where that was tried.
   */
  readonly damaged: number;
}

export interface CountOptions {
  readonly hsm: Hsm;
  readonly records: RecordReader;
  /** Number of a wrapping key. */
  readonly wrappingKey: number;
  /** Whether each key is unwrapped, too. */
  readonly unwraps: boolean;
}

/** Looks at every ledger, one after the other. @throws what HSM and database throw. */
export async function countWrappedKeys(options: CountOptions): Promise<WrappedKeys> {
  const { hsm, records } = options;
  const { first } = await hsm.wrappingKeys();
  const counts = { ledgers: 0, behind: 0, damaged: 0 };
  let page: Uint8Array[] = [];
  do {
    page = await records.listLedgers(page.at(-1) ?? null, PAGE);
    for (const backupId of page) {
      counts.ledgers++;
      const state = await lookAt({ ...options, first }, backupId);
      if (state !== 'up to date') counts[state]++;
    }
  } while (page.length > 0);
  return counts;
}

async function lookAt(
  { hsm, records, wrappingKey, unwraps, first }: CountOptions & { readonly first: number },
  backupId: Uint8Array,
): Promise<'up to date' | 'behind' | 'damaged'> {
  try {
    const stored = await records.read(backupId);
    if (stored === null) return 'damaged';
    const { ledger } = await openLedger(hsm, backupId, stored);
    const keys = ledger.records
      .map(({ wrappedKey }) => wrappedKey)
      .filter(({ length }) => length > 0);
    const eldest = Math.min(...keys.map(wrappingKeyOf));
    if (eldest < first) return 'damaged';
    if (eldest < wrappingKey) return 'behind';
    if (unwraps) for (const key of keys) await hsm.rewrap(key, wrappingKey);
    return 'up to date';
  } catch (error) {
    const isLedgersOwn =
      error instanceof HoldfastError && (error.code === 'internal' || error.code === 'damaged');
    if (isLedgersOwn) return 'damaged';
    throw error;
  }
}
