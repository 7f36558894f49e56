/**
 * Restoring a snapshot, whole or in part.
 */
import { availableParallelism } from 'node:os';
import { Xattrs } from '../platform/xattrs.ts';
import type { Backup } from '../repository/backup.ts';
import type { Snapshot } from '../snapshots/list-snapshots.ts';
import type { RestoreOptions, RestoreSummary } from './options.ts';
import { JOB_BYTES } from './plan-jobs.ts';
import { RestorePool } from './restore-pool.ts';
import { RestoreRun } from './restore-run.ts';

const WORKERS_MAX = 8;

/**
 * Restores a snapshot. What can't be restored is named in the summary, and the rest is restored.
 * Cut off, it may be run again: what is there already is not written twice.
 *
 * @throws {HoldfastError} `path-missing` when nothing matches `include`, `cancelled`, `disk-full`,
 *   `target-unusable` when nothing can be written, or what the store throws.
 */
export async function restore(
  backup: Backup,
  snapshot: Snapshot,
  options: RestoreOptions,
): Promise<RestoreSummary> {
  const startedAtMs = performance.now();
  const workers = Math.min(Math.max(availableParallelism(), 1), WORKERS_MAX);
  const pool = new RestorePool(options.dryRun ? 0 : workers, JOB_BYTES);
  try {
    const run = new RestoreRun(backup, snapshot, options, pool, await Xattrs.load());
    try {
      await run.run();
    } finally {
      await run.abandon();
    }
    return summarise(run, backup, startedAtMs);
  } finally {
    await pool.terminate();
  }
}

function summarise(run: RestoreRun, backup: Backup, startedAtMs: number): RestoreSummary {
  const { requests, bytesFetched } = backup.counts;
  const durationMs = Math.round(performance.now() - startedAtMs);
  const { attributes: withoutAttributes, rights: withoutRights } = run.lacking;
  const lacking = { withoutAttributes, withoutRights };
  const { failed, unmatched } = run;
  return { ...run.counts, failed, unmatched, ...lacking, durationMs, requests, bytesFetched };
}
