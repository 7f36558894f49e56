/**
 * Checking a backup: is everything that the snapshots need in the store, and, when data is read
 * too, is it what was written?
 */
import { randomInt } from 'node:crypto';
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { asDamage } from '../damage.ts';
import type { OnEvent } from '../events.ts';
import { Progress } from '../progress.ts';
import type { Backup } from '../repository/backup.ts';
import type { BackupState } from '../repository/read-state.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { Blame } from './blame.ts';
import { BlobCheck } from './blob-check.ts';
import { checkData } from './check-data.ts';
import { checkHeads } from './check-heads.ts';
import { checkIndex } from './check-index.ts';
import { checkKeyring, checkRecords } from './check-keys.ts';
import { checkMarks } from './check-marks.ts';
import { CheckPool } from './check-pool.ts';
import { choosePacks, type PackToRead, sumBytes } from './choose-packs.ts';
import { type Finding, numbersText, Suspicion, Suspicions } from './finding.ts';
import { KnownNames } from './known-names.ts';
import {
  checkPackList,
  checkUnknown,
  checkUnused,
  listStore,
  type StoreListing,
} from './list-store.ts';
import { checkSnapshots, type SnapshotCounts } from './snapshot-check.ts';

export interface CheckOptions {
  /**
   * `none` looks at the structure only: heads, keys, index, tables, and whether all packs are
   * there; of packs, only those that this device has found damaged are read. `all` also reads every pack and recomputes every name; a number from 0 to 1 reads that
   * share of the packs, chosen at random.
   */
  readonly readData?: 'none' | 'all' | number;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
}

export interface CheckSummary {
  /** Objects that the store shows. */
  readonly objects: number;
  readonly heads: number;
  /** Packs that the index names. */
  readonly packs: number;
  readonly snapshots: number;
  /** Versions of files and databases; what snapshots share counts once. */
  readonly files: number;
  /** Packs that were read whole. */
  readonly packsRead: number;
  /** Length of those packs. */
  readonly bytesRead: number;
  /** Their share of the length of all packs, 0 to 1. */
  readonly shareRead: number;
  /** Damage first. */
  readonly findings: readonly Finding[];
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
  return await checkWith(backup, options, new KnownNames());
}

/** @param names Decides how much is remembered between packs and tables. */
export async function checkWith(
  backup: Backup,
  options: CheckOptions,
  names: KnownNames,
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

class CheckRun {
  readonly #backup: Backup;
  readonly #signal: AbortSignal | undefined;
  readonly #names: KnownNames;
  readonly #suspicions = new Suspicions();
  readonly #progress: Progress;

  constructor(backup: Backup, { signal, onEvent }: CheckOptions, names: KnownNames) {
    this.#backup = backup;
    this.#signal = signal;
    this.#names = names;
    this.#progress = new Progress('checking', onEvent);
  }

  /** @param refreshError Why the newest state could not be read. */
  async run(
    pool: CheckPool | null,
    share: number,
    refreshError: HoldfastError | null,
  ): Promise<Omit<CheckSummary, 'durationMs' | 'requests' | 'bytesFetched'>> {
    const backup = this.#backup;
    const suspicions = this.#suspicions;
    const signal = this.#signal;
    const listing = await listStore(backup.store, signal);
    const heads = await checkHeads(backup, listing.heads, suspicions, signal);
    if (backup.newestHead !== null) {
      await checkKeyring(backup, backup.newestHead, suspicions, signal);
    }
    await checkRecords(backup, listing.records, suspicions, signal);
    const state = backup.stateOrNull;
    reportUnreadable(backup, suspicions);
    const content = state === null ? NOTHING : await this.#checkState(state, listing, pool, share);
    checkUnknown(listing, suspicions);
    if (refreshError !== null && suspicions.count === 0) {
      suspicions.get('state', () => new Suspicion('damage', refreshError.message, STATE_REMEDY));
    }
    this.#progress.tell();
    return {
      objects: listing.objects,
      heads,
      ...content,
      findings: suspicions.findings(),
    };
  }

  async #checkState(
    { segments }: BackupState,
    listing: StoreListing,
    pool: CheckPool | null,
    share: number,
  ): Promise<Content> {
    const backup = this.#backup;
    const suspicions = this.#suspicions;
    const signal = this.#signal;
    const blame = new Blame(suspicions, segments);
    checkPackList(listing, segments, blame);
    if (!backup.isBehind) checkUnused(listing, segments, suspicions);
    await checkIndex(backup, blame, signal);
    await checkMarks(backup, listing.marks, suspicions, signal);
    const all = choosePacks(segments, 1, randomInt);
    const chosen = await this.#choose(all, share);
    this.#progress.expect({ items: chosen.length, bytes: sumBytes(chosen) });
    let bytesRead = 0;
    let packsRead: ReadonlySet<string> = new Set();
    if (pool !== null) {
      ({ bytesRead, packsRead } = await checkData(backup, chosen, {
        pool,
        blame,
        suspicions,
        names: this.#names,
        compareNames: async () => {
          await this.#checkSnapshots(blame);
        },
        progress: this.#progress,
        signal,
      }));
    }
    const { snapshots, files } = await this.#checkSnapshots(blame);
    await backup.device.noteSound(packsRead.difference(blame.damaged));
    await backup.device.noteDamaged(blame.damaged);
    const shareRead = all.length === 0 ? 0 : bytesRead / sumBytes(all);
    const packs = all.length;
    return { packs, snapshots, files, packsRead: packsRead.size, bytesRead, shareRead };
  }

  /** A share of the packs, and always those that were damaged when they were read last. */
  async #choose(all: readonly PackToRead[], share: number): Promise<readonly PackToRead[]> {
    if (share === 1) return all;
    const drawn = choosePacks(this.#backup.state.segments, share, randomInt);
    const names = new Set(drawn.map(({ pack }) => toHex(pack.name)));
    const wanted = names.union(await this.#backup.device.damagedPacks());
    return all.filter(({ pack }) => wanted.has(toHex(pack.name)));
  }

  async #checkSnapshots(blame: Blame): Promise<SnapshotCounts> {
    const { segments, root } = this.#backup.state;
    const names = this.#names;
    const suspicions = this.#suspicions;
    const signal = this.#signal;
    const blobs = new BlobCheck({ segments, blame, names, suspicions });
    const { read } = this.#backup.reader(signal);
    return await checkSnapshots(root.catalog, { read, blobs, blame, suspicions, signal });
  }
}

type Content = Pick<
  CheckSummary,
  'packs' | 'snapshots' | 'files' | 'packsRead' | 'bytesRead' | 'shareRead'
>;

const NOTHING: Content = {
  packs: 0,
  snapshots: 0,
  files: 0,
  packsRead: 0,
  bytesRead: 0,
  shareRead: 0,
};

/** States newer than the one that is looked at. */
function reportUnreadable({ problems, stateOrNull }: Backup, suspicions: Suspicions): void {
  const unreadable = problems.filter(({ kind }) => kind === 'unreadable');
  const [newest] = unreadable;
  if (newest === undefined) return;
  const numbers = numbersText(
    'head',
    unreadable.map(({ number }) => number),
  );
  const what = `What ${numbers} leads to can not be read: ${newest.error.message}`;
  const remedy = stateOrNull === null ? NO_STATE_REMEDY : OLDER_STATE_REMEDY;
  const suspicion = suspicions.get('unreadable', () => new Suspicion('damage', what, remedy));
  suspicion.affects(
    stateOrNull === null
      ? 'the whole backup: no state of it can be read'
      : `what was backed up since head ${stateOrNull.head.number}; the rest of this check is about the state of that head`,
  );
  for (const { error } of unreadable) {
    if (error.details.objectName !== undefined) suspicion.affects(error.details.objectName);
  }
}

const NO_STATE_REMEDY =
  'Put the objects back if another copy of the store has them. Otherwise begin a new backup elsewhere, and keep this store in case a copy is found';
const OLDER_STATE_REMEDY =
  'Put the objects back if another copy of the store has them; until then restore works from the older state, and nothing new can be stored. To give up what was backed up since: "holdfast recover --accept-older"';
const STATE_REMEDY =
  'Another device may have written just now: check again. If this stays, open the backup anew';

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
