/**
 * Checking a backup: is everything that the snapshots need in the store, and, when data is read
 * too, is it what was written?
 */
import { HoldfastError } from '@holdfast/core/errors';
import { asDamage } from '../damage.ts';
import type { Backup } from '../repository/backup.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { CheckPool } from './check-pool.ts';
import { type CheckResult, CheckRun, type CheckRunOptions } from './check-run.ts';
import { RecomputedNames } from './recomputed-names.ts';

export interface CheckOptions extends CheckRunOptions {
  /**
   * `none` looks at the structure only: heads, keys, index, tables, and whether all packs are
   * there; of packs, only those that this device has found damaged are read. `all` also reads every
   * pack and recomputes every name; a number from 0 to 1 reads that share of the packs, chosen at
   * random.
   */
  readonly readData?: 'none' | 'all' | number;
}

export interface CheckSummary extends CheckResult {
  readonly durationMs: number;
  readonly requests: number;
  readonly bytesFetched: number;
}

/**
 * Checks the newest state of a backup and its history. Writes nothing to the store; the device
 * remembers which packs are damaged, reads them every time, and backs up again what they held.
 *
 * @returns Also when there is damage: that is what `findings` are for.
 * @throws {HoldfastError} `cancelled`, or what the store throws when it can't be reached.
 */
export async function check(backup: Backup, options: CheckOptions = {}): Promise<CheckSummary> {
  return await checkWith(backup, options, new RecomputedNames());
}

/** @param names Decides how much is remembered between packs and tables. */
export async function checkWith(
  backup: Backup,
  options: CheckOptions,
  names: RecomputedNames,
): Promise<CheckSummary> {
  const share = shareOf(options.readData ?? 'none');
  throwIfCancelled(options.signal, 'check');
  backup.forgetTables();
  const startedAtMs = performance.now();
  // A state that could not be read when the backup was opened may be there now.
  const refreshError = await refresh(backup, options.signal);
  // Started early, because threads take a while to begin.
  const damaged = await backup.device.damagedPacks();
  const canRead = (share > 0 || damaged.size > 0) && backup.stateOrNull !== null;
  const pool = canRead ? new CheckPool({ chunkNameKey: backup.chunkNameKey.bytes() }) : null;
  try {
    const run = new CheckRun(backup, options, names);
    const found = await run.run(pool, share, refreshError);
    const { requests, bytesFetched } = backup.counts;
    const durationMs = Math.round(performance.now() - startedAtMs);
    return { ...found, durationMs, requests, bytesFetched };
  } finally {
    await pool?.terminate();
  }
}

/** Reads the newest state; when that fails, the check goes on with the one known. */
async function refresh(
  backup: Backup,
  signal: AbortSignal | undefined,
): Promise<HoldfastError | null> {
  try {
    const isSigned = await backup.refresh(signal);
    return isSigned
      ? null
      : new HoldfastError('damaged', 'Cannot read the newest state: its signature does not fit');
  } catch (error) {
    if (error instanceof HoldfastError && ['stale', 'backup-missing'].includes(error.code)) {
      return error;
    }
    return asDamage(error);
  }
}

function shareOf(readData: 'none' | 'all' | number): number {
  if (readData === 'none') return 0;
  if (readData === 'all') return 1;
  if (readData >= 0 && readData <= 1) return readData;
  throw new RangeError(`"readData" must be none, all, or 0 to 1: got ${readData}`);
}
