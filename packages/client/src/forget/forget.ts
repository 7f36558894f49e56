/**
 * Taking snapshots off the list. What only they used stays in the store until `prune` frees it.
 */
import { decodeSnapshotKey } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import type { Backup } from '../repository/backup.ts';
import { redoWhenPruned } from '../repository/redo-when-pruned.ts';
import { WriteSession } from '../repository/write-session.ts';
import { listSnapshots, type Snapshot } from '../snapshots/list-snapshots.ts';
import { seriesOf } from '../snapshots/series.ts';
import { mergeLayers, recodeSnapshot } from '../table/index.ts';
import { chooseKept, type KeepCounts, PERIOD_NAMES } from './choose-kept.ts';

/** Either how many to keep of each device's series of the same sources, or which to forget. */
export interface ForgetPolicy extends KeepCounts {
  /** Exactly these are forgotten. */
  readonly numbers?: readonly number[];
  /** Also when a device's series of the same sources then has none left. */
  readonly evenLast?: boolean;
}

export interface ForgetResult {
  /** In order of number, with what keeps each; nothing where snapshots are named. */
  readonly kept: readonly { readonly snapshot: Snapshot; readonly reasons: readonly string[] }[];
  readonly removed: readonly Snapshot[];
}

/**
 * Takes snapshots off the list, all at once or none.
 *
 * @throws {HoldfastError} `usage` when the policy keeps nothing, or both names and keeps;
 *   `snapshot-missing` when there is no such number; `last-snapshot` when no other is left of what a
 *   named one was made of, unless that is wanted; `contention`, or what the store throws.
 */
export async function forget(
  backup: Backup,
  policy: ForgetPolicy,
  options: { readonly dryRun?: boolean; readonly signal?: AbortSignal } = {},
): Promise<ForgetResult> {
  assertPolicy(policy);
  const { signal, dryRun = false } = options;
  return await redoWhenPruned(
    backup,
    async () => {
      await backup.refresh(signal);
      const snapshots = await listSnapshots(backup, { signal });
      assertPresent(snapshots, policy.numbers ?? []);
      const decided = decide(snapshots, policy);
      if (dryRun || decided.removed.length === 0) return decided;
      return await commit(backup, policy, signal);
    },
    signal,
  );
}

async function commit(
  backup: Backup,
  policy: ForgetPolicy,
  signal: AbortSignal | undefined,
): Promise<ForgetResult> {
  const session = new WriteSession(backup, { packBuffers: 2, signal });
  let decided: ForgetResult = { kept: [], removed: [] };
  await session.commit([], async (base, { read, write }) => {
    if (base === null) throw new TypeError('"backup" must have a state');
    decided = decide(await listSnapshots(backup, { signal }), policy);
    const gone = new Set(decided.removed.map(({ number }) => number));
    const { catalog, nextSnapshotNumber } = base.root;
    const layer = await mergeLayers(
      read,
      write,
      catalog,
      (entry) => (gone.has(decodeSnapshotKey(entry.key)) ? null : recodeSnapshot(entry)),
      { tombstones: false },
    );
    return { catalog: layer === null ? [] : [layer], nextSnapshotNumber };
  });
  return decided;
}

function decide(snapshots: readonly Snapshot[], policy: ForgetPolicy): ForgetResult {
  const { numbers } = policy;
  if (numbers !== undefined) {
    const isNamed = ({ number }: Snapshot): boolean => numbers.includes(number);
    const kept = snapshots.filter((snapshot) => !isNamed(snapshot));
    const removed = snapshots.filter(isNamed);
    if (!policy.evenLast) assertNoneLast(kept, removed);
    return { kept: kept.map((snapshot) => ({ snapshot, reasons: [] })), removed };
  }
  const reasons = new Map(
    [...Map.groupBy(snapshots, seriesOf).values()].flatMap((series) => [
      ...chooseKept(series, policy),
    ]),
  );
  return {
    kept: snapshots.flatMap((snapshot) => {
      const own = reasons.get(snapshot);
      return own === undefined ? [] : [{ snapshot, reasons: own }];
    }),
    removed: snapshots.filter((snapshot) => !reasons.has(snapshot)),
  };
}

function assertPolicy(policy: ForgetPolicy): void {
  const counts = PERIOD_NAMES.map((period) => policy[period] ?? 0);
  for (const count of counts) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw usage('a rule takes whole numbers of at least 0');
    }
  }
  const keeps = counts.some((count) => count > 0);
  if (policy.numbers === undefined && !keeps) throw usage('the rule keeps no snapshot');
  if (policy.numbers !== undefined && keeps) throw usage('give a rule or numbers, not both');
}

/** What a rule decides always keeps one of each series. */
function assertNoneLast(kept: readonly Snapshot[], removed: readonly Snapshot[]): void {
  const left = new Set(kept.map(seriesOf));
  const last = removed.findLast((snapshot) => !left.has(seriesOf(snapshot)));
  if (last === undefined) return;
  const message = `Cannot forget snapshot ${last.number}: no other is left of the same folders`;
  throw new HoldfastError('last-snapshot', message);
}

function assertPresent(snapshots: readonly Snapshot[], numbers: readonly number[]): void {
  const missing = numbers.find((number) => !snapshots.some((one) => one.number === number));
  if (missing === undefined) return;
  const message = `Cannot forget snapshot ${missing}: there is none of that number`;
  throw new HoldfastError('snapshot-missing', message);
}

function usage(state: string): HoldfastError {
  return new HoldfastError('usage', `Cannot forget: ${state}`);
}
