/**
 * One check, from what the store lists to what the snapshots say.
 */
import { randomInt } from 'node:crypto';
import { toHex } from '@holdfast/core/bytes';
import type { HoldfastError } from '@holdfast/core/errors';
import type { OnEvent } from '../events.ts';
import { Progress } from '../progress.ts';
import type { Backup } from '../repository/backup.ts';
import type { BackupState } from '../repository/read-state.ts';
import { Blame } from './blame.ts';
import { BlobCheck } from './blob-check.ts';
import { checkData } from './check-data.ts';
import { checkHeads } from './check-heads.ts';
import { checkIndex } from './check-index.ts';
import { checkKeyring, checkRecords } from './check-keys.ts';
import { checkMarks } from './check-marks.ts';
import { checkNewerStates } from './check-newer-states.ts';
import type { CheckPool } from './check-pool.ts';
import { choosePacks, type PackToRead, sumBytes } from './choose-packs.ts';
import { type Finding, Suspicion, Suspicions } from './finding.ts';
import {
  checkPackList,
  checkUnknown,
  checkUnused,
  listStore,
  type StoreListing,
} from './list-store.ts';
import type { RecomputedNames } from './recomputed-names.ts';
import { checkSnapshots, type SnapshotCounts } from './snapshot-check.ts';

const STATE_REMEDY =
  'Another device may have written just now: check again. If this stays, open the backup anew';

export interface CheckRunOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
}

/** What was looked at of a state. */
interface CheckedContent {
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
}

const NOTHING: CheckedContent = {
  packs: 0,
  snapshots: 0,
  files: 0,
  packsRead: 0,
  bytesRead: 0,
  shareRead: 0,
};

export interface CheckResult extends CheckedContent {
  /** Objects that the store shows. */
  readonly objects: number;
  readonly heads: number;
  /** Damage first. */
  readonly findings: readonly Finding[];
}

export class CheckRun {
  readonly #backup: Backup;
  readonly #signal: AbortSignal | undefined;
  readonly #names: RecomputedNames;
  readonly #suspicions = new Suspicions();
  readonly #progress: Progress;
  /** By number of a snapshot, the newest of the same series. */
  #newest: ReadonlyMap<number, number> = new Map();

  constructor(backup: Backup, { signal, onEvent }: CheckRunOptions, names: RecomputedNames) {
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
  ): Promise<CheckResult> {
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
    checkNewerStates(backup, suspicions);
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
      findings: suspicions.findings(this.#newest),
    };
  }

  async #checkState(
    { segments }: BackupState,
    listing: StoreListing,
    pool: CheckPool | null,
    share: number,
  ): Promise<CheckedContent> {
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
    const { snapshots, files, newest } = await this.#checkSnapshots(blame);
    this.#newest = newest;
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
