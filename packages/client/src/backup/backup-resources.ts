/**
 * What a backup holds while it runs: threads, memory, the cache of chunks, and copies of databases.
 */
import { availableParallelism } from 'node:os';
import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import type { Backup } from '../repository/backup.ts';
import type { HeadProblem } from '../repository/head-problems.ts';
import { WriteSession } from '../repository/write-session.ts';
import { ChunkIndex, type TagOf } from './chunk-index.ts';
import { DatabaseCopies } from './database-copies.ts';
import { WorkerPool } from './workers/worker-pool.ts';

/** More threads than this gain little, and each costs the memory of a pack. */
const WORKERS_MAX = 8;
/** Packs that may be on their way beside those being filled. */
const PACKS_ON_THE_WAY = 1;

export interface BackupResourcesOptions {
  /** Told of heads that the new one passes over. */
  readonly passOver: (problem: HeadProblem) => void;
  readonly signal: AbortSignal | undefined;
}

export class BackupResources {
  readonly session: WriteSession;
  readonly pool: WorkerPool;
  readonly chunkIndex: ChunkIndex;
  readonly copies: DatabaseCopies;

  /** Use `open`. */
  constructor(
    backup: Backup,
    chunkIndex: ChunkIndex,
    copies: DatabaseCopies,
    { passOver, signal }: BackupResourcesOptions,
  ) {
    const workers = Math.min(Math.max(availableParallelism(), 1), WORKERS_MAX);
    const packBuffers = workers + 1 + PACKS_ON_THE_WAY;
    this.session = new WriteSession(backup, { packBuffers, canGoOn: true, passOver, signal });
    this.pool = new WorkerPool(workers, backup, this.session.uploads);
    this.chunkIndex = chunkIndex;
    this.copies = copies;
  }

  /** @param backup Has just read its newest state. */
  static async open(backup: Backup, options: BackupResourcesOptions): Promise<BackupResources> {
    const { cacheFolder } = backup.device;
    const copies = new DatabaseCopies(cacheFolder);
    await copies.sweep();
    const chunkIndex = await ChunkIndex.open(cacheFolder, tagWith(backup));
    return new BackupResources(backup, chunkIndex, copies, options);
  }

  async close(): Promise<void> {
    await this.pool.terminate();
    // What arrives after a failure is noted before the next run looks for it.
    await this.session.uploads.finishRunning();
    this.chunkIndex.close();
    await this.copies.remove();
  }
}

/** Eight bytes tell a stray entry of the cache from a right one. */
function tagWith({ chunkNameKey }: Backup): TagOf {
  const prefix = new TextEncoder().encode('chunk-index');
  return (entry) =>
    nodeCrypto.hmacSha256(chunkNameKey.bytes(), concatBytes(prefix, entry)).subarray(0, 8);
}
