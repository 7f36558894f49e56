/**
 * Making a snapshot: walk the sources beside the snapshot before, store what differs, commit.
 */
import { lstatSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  type Address,
  encodePathKey,
  encodeSnapshotEntry,
  PACK_UNIT_BYTES,
  type SnapshotEntry,
  snapshotKey,
  type Table,
} from '@holdfast/core/backup-format';
import { concatBytes, equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import type { NoteEvent, OnEvent } from '../events.ts';
import { matchAny } from '../paths/path-pattern.ts';
import { pathBytes } from '../paths/path-text.ts';
import { Xattrs } from '../platform/xattrs.ts';
import { Progress } from '../progress.ts';
import { redoWhenPruned } from '../prune/redo-when-pruned.ts';
import type { Backup } from '../repository/backup.ts';
import { DeviceLock } from '../repository/device-lock.ts';
import { headNote } from '../repository/head-note.ts';
import type { Filling } from '../repository/stream-writer.ts';
import { WriteSession } from '../repository/write-session.ts';
import {
  findParent,
  layerKeys,
  listSnapshots,
  type Snapshot,
  sameSources,
} from '../snapshots/list-snapshots.ts';
import { compactTable, recodeFile, recodeSnapshot, TableBuilder } from '../table/index.ts';
import { adoptPacks } from './adopt-packs.ts';
import { ChunkIndex, type TagOf } from './chunk-index.ts';
import { ChunkStore } from './chunk-store.ts';
import { learnChunks } from './learn-chunks.ts';
import { StoredBlobs } from './lost-packs.ts';
import { OlderTable } from './older-table.ts';
import { Scan, type ScanCounts, sourceGone } from './scan.ts';
import {
  assertOutside,
  folderId,
  resolveSources,
  type Source,
  type WalkOptions,
  walk,
} from './walk.ts';
import { WorkerPool } from './workers/worker-pool.ts';

/** More threads than this gain little, and each costs the memory of a pack. */
const WORKERS_MAX = 8;
/** Packs that may be on their way beside those being filled. */
const PACKS_ON_THE_WAY = 1;
/** Folders for copies of databases while they are read; a process's id follows. */
const COPIES_PREFIX = 'databases-';
/** Shorter runs need no count of what there is to do, and do not pay for one. */
const EXPECT_AFTER_MS = 500;
/** Notes kept in a summary; all of them are told as events. */
const NOTES_KEPT = 100;

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

export interface BackupSummary extends ScanCounts {
  /** Number of the new snapshot; of the one before when nothing has changed; null for a dry run. */
  readonly snapshot: number | null;
  /** Whether there is a new snapshot. */
  readonly isNew: boolean;
  /** Bytes that the store has grown by. */
  readonly bytesAdded: number;
  readonly durationMs: number;
  readonly requests: number;
  readonly bytesFetched: number;
  /** The first hundred things worth knowing. */
  readonly notes: readonly NoteEvent[];
}

/**
 * Makes a snapshot of files and folders. It exists whole or not at all; cut off, the next run goes
 * on at the pack where this one was.
 *
 * @param paths Each restored under its base name.
 * @throws {HoldfastError} `source-unreadable` when a source is missing, `usage`, `cancelled`,
 *   `already-running` when another backup of this device is, `contention`, or what the store throws.
 */
export async function backUp(
  backup: Backup,
  paths: readonly string[],
  options: BackUpOptions = {},
): Promise<BackupSummary> {
  const startedAtMs = performance.now();
  const sources = resolveSources(paths);
  const identities = sources.map(identify);
  assertOutside(sources, ownFolders(backup));
  using _ = new DeviceLock(backup.device.lockFile);
  const { run, result } = await redoWhenPruned(
    backup,
    async () => {
      const attempt = new BackupRun(backup, sources, identities, options);
      return { run: attempt, result: await attempt.run() };
    },
    options.signal,
  );
  const { counts, snapshot, isNew, bytesAdded } = result;
  const { requests, bytesFetched } = backup.counts;
  return {
    ...counts,
    snapshot,
    isNew,
    bytesAdded,
    durationMs: Math.round(performance.now() - startedAtMs),
    requests,
    bytesFetched,
    notes: run.notes,
  };
}

class BackupRun {
  readonly notes: NoteEvent[] = [];
  readonly #backup: Backup;
  readonly #sources: readonly Source[];
  readonly #identities: readonly (string | null)[];
  readonly #options: BackUpOptions;
  readonly #atMs: number;
  /** By the clock that files are dated by. */
  readonly #startedAtMs = Date.now();
  #temporaryFolder: Promise<string> | null = null;

  constructor(
    backup: Backup,
    sources: readonly Source[],
    identities: readonly (string | null)[],
    options: BackUpOptions,
  ) {
    this.#backup = backup;
    this.#sources = sources;
    this.#identities = identities;
    this.#options = options;
    this.#atMs = (options.now ?? Date.now)();
  }

  async run() {
    const { signal } = this.#options;
    const backup = this.#backup;
    await backup.refresh(signal);
    const workers = Math.min(Math.max(availableParallelism(), 1), WORKERS_MAX);
    const session = new WriteSession(backup, {
      packBuffers: workers + 1 + PACKS_ON_THE_WAY,
      canGoOn: true,
      passOver: (problem) => this.#note(headNote(problem, backup)),
      signal,
    });
    const chunkIndex = await ChunkIndex.open(backup.device.cacheFolder, tagWith(backup));
    const pool = new WorkerPool(workers, backup, session.uploads);
    await sweepCopies(backup.device.cacheFolder);
    try {
      return await this.#store(session, chunkIndex, pool);
    } finally {
      await pool.terminate();
      // What arrives after a failure is noted before the next run looks for it.
      await session.uploads.finishRunning();
      chunkIndex.close();
      if (this.#temporaryFolder !== null) {
        await rm(await this.#temporaryFolder, { recursive: true, force: true });
      }
    }
  }

  async #store(session: WriteSession, chunkIndex: ChunkIndex, pool: WorkerPool) {
    const { signal, dryRun = false } = this.#options;
    const backup = this.#backup;
    const { device } = backup;
    const snapshots = await listSnapshots(backup, { signal });
    const { read } = backup.reader(signal);
    await learnChunks(read, snapshots, chunkIndex);
    const stored = await StoredBlobs.find(backup, signal);
    if (stored.lost.size > 0) this.#note(lostNote(stored.lost.size));
    if (!dryRun) {
      const adopted = await adoptPacks(backup, chunkIndex, signal);
      for (const segment of adopted) stored.add(segment);
      session.uploads.include(adopted);
    }
    const ownStreams = pool.streams;
    const isStored = (address: Address): boolean => {
      if (ownStreams.some((own) => equalBytes(own, address.stream))) return true;
      if (!stored.has(address)) return false;
      session.footing.relyOn(address);
      return true;
    };

    const paths = this.#sources.map(({ path }) => path);
    const parent = findParent(snapshots, device.deviceId, paths);
    if (parent !== null) session.footing.relyOnSnapshot(parent);
    const olderReadAtMs = await this.#readAtMs(parent);
    const older = new OlderTable(read, parent?.files ?? [], (key, _, before) =>
      this.#note(brokenNote(key, before)),
    );
    const progress = new Progress('backing-up', this.#options.onEvent);
    const scan = new Scan({
      found: this.#walk({
        onOwn: (path) => this.#note(ownNote(path)),
        onPartial: (path) => this.#note(partialNote(path)),
        signal,
      }),
      sourceKeys: this.#sources.map(({ baseName }) => encodePathKey([baseName])),
      older,
      ownKeys: this.#ownKeys(parent),
      olderReadAtMs,
      read,
      writeNode: session.writeNode,
      chunkStore: new ChunkStore(pool, chunkIndex, isStored),
      database: { pool, chunkIndex, isStored, stored },
      stored,
      temporaryFolder: () => this.#temporary(),
      xattrs: await Xattrs.load(),
      dryRun,
      progress,
      note: (code, message, path) => this.#note({ type: 'note', code, message, path }),
      signal,
    });
    const ended = new AbortController();
    const expecting = this.#expect(progress, ended.signal);
    const { layer, counts } = await scan.run().finally(() => ended.abort());
    await expecting;
    this.#assertStillThere();
    progress.tell();
    // What was carried over was not looked at: it is as settled as it was before.
    const comparedAtMs = counts.carried > 0 ? (olderReadAtMs ?? 0) : this.#startedAtMs;
    if (dryRun) return { counts, snapshot: null, isNew: false, bytesAdded: 0 };

    await older.finish();
    const isSame =
      layer === null &&
      older.isWhole &&
      parent?.unreadableCount === counts.unreadable &&
      sameSources(parent, paths);
    if (isSame) {
      await session.confirm(parent.number);
      await device.noteCompared(parent.number, comparedAtMs);
      await device.markFinished();
      const { bytesAdded } = session;
      return { counts, snapshot: parent.number, isNew: false, bytesAdded };
    }
    const carried = await older.carryOver(session.writeNode, recodeFile);
    const files: Table = layer === null ? carried : [...carried, layer];
    const fillings = await pool.finish();
    const entry: Omit<SnapshotEntry, 'bytesAdded'> = {
      atMs: this.#atMs,
      deviceId: device.deviceId,
      deviceName: device.deviceName,
      sources: paths,
      files,
      fileCount: fileCount(counts),
      folderCount: counts.folders,
      totalBytes: counts.totalBytes,
      unreadableCount: counts.unreadable,
    };
    const snapshot = await this.#commit(session, fillings, entry);
    for (const key of layerKeys({ ...entry, bytesAdded: 0 })) chunkIndex.addLayer(key);
    chunkIndex.forgetPages();
    await device.noteCompared(snapshot, comparedAtMs);
    await device.markFinished();
    return { counts, snapshot, isNew: true, bytesAdded: session.bytesAdded };
  }

  /** As `ScanOptions` wants them. */
  #ownKeys(parent: Snapshot | null): Uint8Array[] {
    const { deviceId } = this.#backup.device;
    if (parent === null || !equalBytes(parent.deviceId, deviceId)) return [];
    const isListed = ({ path }: Source): boolean =>
      parent.sources.some((listed) => equalBytes(listed, path));
    return this.#sources.filter(isListed).map(({ baseName }) => encodePathKey([baseName]));
  }

  /** As `ScanOptions` wants it. */
  async #readAtMs(parent: Snapshot | null): Promise<number | null> {
    const { device } = this.#backup;
    if (parent === null || !equalBytes(parent.deviceId, device.deviceId)) return null;
    return (await device.comparedAtMs(parent.number)) ?? parent.atMs;
  }

  /** @returns The number of the new snapshot. */
  async #commit(
    session: WriteSession,
    fillings: readonly Filling[],
    entry: Omit<SnapshotEntry, 'bytesAdded'>,
  ): Promise<number> {
    const pieces = fillings.flatMap(({ layout }) => layout);
    const unsealedBytes = pieces.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
    const state = await session.commit(fillings, async (base, { read, write }) => {
      const number = base?.root.nextSnapshotNumber ?? 1;
      const older = await compactTable(read, write, base?.root.catalog ?? [], recodeSnapshot);
      const builder = new TableBuilder(write);
      const bytesAdded = session.bytesAdded + roundUp(unsealedBytes);
      await builder.add(snapshotKey(number), (book) =>
        encodeSnapshotEntry(book, { ...entry, bytesAdded }),
      );
      const layer = await builder.finish();
      return {
        catalog: layer === null ? older : [...older, layer],
        nextSnapshotNumber: number + 1,
      };
    });
    return state.root.nextSnapshotNumber - 1;
  }

  /** Everything to back up; told of are what is left out because it is our own, or unfinished. */
  #walk(options: Pick<WalkOptions, 'onOwn' | 'onPartial' | 'signal'>) {
    const isExcluded = matchAny(this.#options.exclude ?? []);
    return walk(this.#sources, { ...options, isExcluded, own: ownFolders(this.#backup) });
  }

  /** Counts what there is to do, beside a run that lasts. */
  async #expect(progress: Progress, signal: AbortSignal): Promise<void> {
    if (this.#options.onEvent === undefined) return;
    let items = 0;
    let bytes = 0;
    try {
      await setTimeout(EXPECT_AFTER_MS, undefined, { signal, ref: false });
      for await (const { stat } of this.#walk({ signal })) {
        items++;
        if (stat?.isFile()) bytes += Number(stat.size);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      return;
    }
    progress.expect({ items, bytes });
  }

  /** A disk that was taken away half-way must not pass for files that were deleted. */
  #assertStillThere(): void {
    this.#sources.forEach((source, i) => {
      const before = this.#identities[i];
      if (before !== null && identify(source) !== before) throw sourceGone(source.path);
    });
  }

  #note(note: NoteEvent): void {
    if (this.notes.length < NOTES_KEPT) this.notes.push(note);
    this.#options.onEvent?.(note);
  }

  #temporary(): Promise<string> {
    this.#temporaryFolder ??= mkdtemp(
      join(this.#backup.device.cacheFolder, `${COPIES_PREFIX}${process.pid}-`),
    );
    return this.#temporaryFolder;
  }
}

/** Eight bytes tell a stray entry of the cache from a right one. */
function tagWith({ chunkNameKey }: Backup): TagOf {
  const prefix = new TextEncoder().encode('chunk-index');
  return (entry) =>
    nodeCrypto.hmacSha256(chunkNameKey.bytes(), concatBytes(prefix, entry)).subarray(0, 8);
}

/** Removes copies of databases that a run left behind which was killed. */
async function sweepCopies(cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    const [, pid] = new RegExp(`^${COPIES_PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(join(cacheFolder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function ownFolders({ ownFolders: folders }: Backup): ReadonlySet<string> {
  return new Set(folders.map(folderId).filter((id) => id !== null));
}

function ownNote(path: Buffer): NoteEvent {
  const message = 'Left out: the store itself, or what this device keeps for it';
  return { type: 'note', code: 'own-folder-skipped', message, path };
}

function partialNote(path: Buffer): NoteEvent {
  const message = 'Left out: its name is kept for what a restore has not finished';
  return { type: 'note', code: 'partial-skipped', message, path };
}

function brokenNote(key: Uint8Array, before: Uint8Array | null): NoteEvent {
  const message =
    'The list of files of the snapshot before is damaged here: what there is now is read and stored anew';
  const to = before === null ? null : pathBytes(before);
  return { type: 'note', code: 'stored-anew', path: pathBytes(key), before: to, message };
}

function lostNote(packs: number): NoteEvent {
  const objects = packs === 1 ? 'A pack is' : `${packs} packs are`;
  const message = `${objects} gone from the store: what is still here is stored again`;
  return { type: 'note', code: 'packs-lost', message };
}

function fileCount(counts: ScanCounts): number {
  const { filesNew, filesChanged, filesMetadata, filesUnmodified, carried } = counts;
  return filesNew + filesChanged + filesMetadata + filesUnmodified + carried;
}

/** To the padding's step; the tables that are not written yet mostly fit in. */
function roundUp(bytes: number): number {
  return Math.ceil(bytes / PACK_UNIT_BYTES) * PACK_UNIT_BYTES;
}

/**
 * What tells a folder from another in its place; null for a file, which programs replace.
 *
 * @throws {HoldfastError} `source-unreadable`.
 */
function identify({ path }: Source): string | null {
  try {
    const stat = lstatSync(path, { bigint: true });
    return stat.isDirectory() ? `${stat.dev}:${stat.ino}` : null;
  } catch (cause) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
    const state = isMissing ? 'there is no such file or folder' : 'it is not readable';
    const message = `Cannot back up ${path.toString()}: ${state}`;
    throw new HoldfastError('source-unreadable', message, { cause });
  }
}
