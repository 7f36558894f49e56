/**
 * One attempt at a backup: choose the parent, scan what differs from it, commit.
 */
import type { Address, Table, TableLayer } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import type { OnEvent } from '../events.ts';
import { matchAny } from '../paths/path-pattern.ts';
import { Xattrs } from '../platform/xattrs.ts';
import { Progress } from '../progress.ts';
import type { Backup } from '../repository/backup.ts';
import { listSnapshots, sameSources } from '../snapshots/list-snapshots.ts';
import { PresentBlobs } from '../snapshots/present-blobs.ts';
import { layerKeys, type ReadBlob, recodeFile } from '../table/index.ts';
import { adoptPacks } from './adopt-packs.ts';
import type { BackupNotes } from './backup-notes.ts';
import type { BackupResources } from './backup-resources.ts';
import { ChunkStore } from './chunk-store.ts';
import { commitSnapshot } from './commit-snapshot.ts';
import { expectWork } from './expect-work.ts';
import { learnChunks } from './learn-chunks.ts';
import { Parent } from './parent.ts';
import { Scan } from './scan.ts';
import { fileCount, type ScanCounts } from './scan-tally.ts';
import type { Source, SourceWatch } from './sources.ts';
import { type WalkOptions, walk } from './walk.ts';

export interface BackUpOptions {
  /** Patterns of paths to leave out; see paths/path-pattern.ts. */
  readonly exclude?: readonly string[];
  /** Only tells what has changed; stores nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number;
}

export interface BackupRunOptions extends BackUpOptions {
  readonly sources: readonly Source[];
  readonly watch: SourceWatch;
  /** As `WalkOptions.own`. */
  readonly ownFolders: ReadonlySet<string>;
}

export interface BackupResult {
  readonly counts: ScanCounts;
  /** Number of the new snapshot; of the parent when nothing has changed; null for a dry run. */
  readonly snapshot: number | null;
  /** Whether there is a new snapshot. */
  readonly isNew: boolean;
  /** How many sources have no file any more, though the parent has some of them. */
  readonly emptied: number;
  /** Bytes that the store has grown by. */
  readonly bytesAdded: number;
}

export class BackupRun {
  readonly #backup: Backup;
  readonly #resources: BackupResources;
  readonly #notes: BackupNotes;
  readonly #options: BackupRunOptions;
  readonly #read: ReadBlob;
  readonly #atMs: number;
  /** By the clock that files are dated by. */
  readonly #startedAtMs = Date.now();

  /** @param backup Has just read its newest state. */
  constructor(
    backup: Backup,
    resources: BackupResources,
    notes: BackupNotes,
    options: BackupRunOptions,
  ) {
    this.#backup = backup;
    this.#resources = resources;
    this.#notes = notes;
    this.#options = options;
    this.#read = backup.reader(options.signal).read;
    this.#atMs = (options.now ?? Date.now)();
  }

  /** @throws As `backUp`. */
  async make(): Promise<BackupResult> {
    const { signal, dryRun = false, sources, watch } = this.#options;
    const { session, chunkIndex } = this.#resources;
    const snapshots = await listSnapshots(this.#backup, { signal });
    await learnChunks(this.#read, snapshots, chunkIndex);
    const present = await this.#findPresent();
    const parent = await Parent.choose(snapshots, {
      sources,
      device: this.#backup.device,
      read: this.#read,
      tellBroken: (key, _, before) => this.#notes.addStoredAnew(key, before),
    });
    if (parent.snapshot !== null) session.footing.relyOnSnapshot(parent.snapshot);
    const { layer, counts, emptied } = await this.#scan(parent, present);
    watch.assertStillThere();
    if (dryRun) return { counts, snapshot: null, isNew: false, emptied, bytesAdded: 0 };
    await parent.files.finish();
    const paths = sources.map(({ path }) => path);
    const { snapshot: before } = parent;
    const isSame =
      layer === null &&
      parent.files.isWhole &&
      before?.unreadableCount === counts.unreadable &&
      sameSources(before, paths);
    if (isSame) await session.confirm(before.number);
    const snapshot = isSame ? before.number : await this.#commit(parent, layer, counts);
    // What was carried over was not looked at: it is as settled as it was before.
    const comparedAtMs = counts.carried > 0 ? (parent.readAtMs ?? 0) : this.#startedAtMs;
    await this.#backup.device.noteCompared(snapshot, comparedAtMs);
    await this.#backup.device.markFinished();
    return { counts, snapshot, isNew: !isSame, emptied, bytesAdded: session.bytesAdded };
  }

  /** What the store has, with what this device's interrupted backup left in it. */
  async #findPresent(): Promise<PresentBlobs> {
    const { signal, dryRun = false } = this.#options;
    const present = await PresentBlobs.find(this.#backup, signal);
    if (present.lost.size > 0) this.#notes.addLost(present.lost.size);
    if (!dryRun) {
      const { session, chunkIndex } = this.#resources;
      const adopted = await adoptPacks(this.#backup, chunkIndex, signal);
      for (const segment of adopted) present.add(segment);
      session.uploads.include(adopted);
    }
    return present;
  }

  async #scan(parent: Parent, present: PresentBlobs) {
    const { signal, dryRun = false, onEvent, sources } = this.#options;
    const { session, pool, chunkIndex, copies } = this.#resources;
    const isStored = this.#tellStored(present);
    const progress = new Progress('backing-up', onEvent);
    const empty = new Set<Source>();
    const scan = new Scan({
      found: this.#walk({
        onOwn: (path) => this.#notes.addOwnFolder(path),
        onPartial: (path) => this.#notes.addPartial(path),
        onEmpty: (source) => {
          empty.add(source);
          this.#notes.addEmpty(source.path);
        },
        signal,
      }),
      sources,
      parent,
      present,
      isStored,
      pool,
      chunkIndex,
      chunkStore: new ChunkStore(pool, chunkIndex, isStored),
      read: this.#read,
      writeNode: session.writeNode,
      temporaryFolder: () => copies.folder(),
      xattrs: await Xattrs.load(),
      dryRun,
      progress,
      note: (code, message, path) => this.#notes.add({ type: 'note', code, message, path }),
      signal,
    });
    const ended = new AbortController();
    const expecting =
      onEvent && expectWork(progress, (quiet) => this.#walk({ signal: quiet }), ended.signal);
    const scanned = await scan.run().finally(() => ended.abort());
    await expecting;
    progress.tell();
    return { ...scanned, emptied: empty.intersection(scanned.shrunk).size };
  }

  /** Whether bytes are stored, or being stored by this run; then the new snapshot relies on them. */
  #tellStored(present: PresentBlobs): (address: Address) => boolean {
    const { streams } = this.#resources.pool;
    const { footing } = this.#resources.session;
    return (address) => {
      if (streams.some((own) => equalBytes(own, address.stream))) return true;
      if (!present.has(address)) return false;
      footing.relyOn(address);
      return true;
    };
  }

  /** Everything to back up; told of are what is left out because it is our own, or unfinished. */
  #walk(options: Pick<WalkOptions, 'onOwn' | 'onPartial' | 'onEmpty' | 'signal'>) {
    const { exclude = [], sources, ownFolders } = this.#options;
    return walk(sources, { ...options, isExcluded: matchAny(exclude), own: ownFolders });
  }

  /** @returns The number of the new snapshot. */
  async #commit(parent: Parent, layer: TableLayer | null, counts: ScanCounts): Promise<number> {
    const { device } = this.#backup;
    const { session, pool, chunkIndex } = this.#resources;
    const carried = await parent.files.carryOver(session.writeNode, recodeFile);
    const files: Table = layer === null ? carried : [...carried, layer];
    const number = await commitSnapshot(session, await pool.finish(), {
      atMs: this.#atMs,
      deviceId: device.deviceId,
      deviceName: device.deviceName,
      sources: this.#options.sources.map(({ path }) => path),
      files,
      fileCount: fileCount(counts),
      folderCount: counts.folders,
      totalBytes: counts.totalBytes,
      unreadableCount: counts.unreadable,
    });
    for (const key of layerKeys(files)) chunkIndex.addLayer(key);
    chunkIndex.forgetPages();
    return number;
  }
}
