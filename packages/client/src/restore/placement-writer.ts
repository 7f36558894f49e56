/**
 * Writes blobs to where they belong, several jobs under way at a time.
 *
 * What fails, and what then happens:
 *
 *     a frame or blob is damaged       each blob of the job is read and written by itself; the files
 *                                      that need the damaged one fail
 *     a write fails                    the same, and what is written is synced; the files that can't
 *                                      be written to fail
 *     the disk is full, the store      everything ends: thrown by the next call
 *     can't be reached, a stop
 */
import { fdatasyncSync } from 'node:fs';

import { FRAME_BYTES } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import { isDamage } from '../damage.ts';
import { systemState } from '../platform/system-state.ts';
import type { BlobReader } from '../repository/blob-reader.ts';
import type { SegmentMap } from '../repository/segment-map.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { assertHolds } from './assert-holds.ts';
import type { JobSink, Placement } from './placement.ts';
import {
  type Fetch,
  type PlannedBlob,
  type PlannedJob,
  planJobs,
  type WantedBlob,
} from './plan-jobs.ts';
import type { RestorePool } from './restore-pool.ts';
import {
  type JobBlob,
  type JobFetch,
  RANGE_FIELDS,
  WRITE_FIELDS,
} from './workers/restore-messages.ts';
import { writeFully } from './write-long.ts';

export interface PlacementWriterOptions {
  readonly reader: BlobReader;
  readonly segments: SegmentMap;
  readonly pool: RestorePool;
  /** Told of bytes that are where they belong, or never will be. */
  readonly onWritten: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export class PlacementWriter implements JobSink {
  readonly #options: PlacementWriterOptions;
  readonly #running = new Set<Promise<void>>();
  #failure: unknown = null;

  constructor(options: PlacementWriterOptions) {
    this.#options = options;
  }

  /**
   * Begins to write; every placement arrives once at its file. Failures go to the files
   * they concern; only a stop or a full disk is thrown.
   */
  async put(placements: readonly Placement[]): Promise<void> {
    const { jobs, alone } = planJobs(placements, this.#options.segments);
    for (const job of jobs) await this.#start(() => this.#runJob(job));
    for (const blob of alone) await this.#start(() => this.#writeAlone(blob, false));
  }

  async drain(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwIfFailed();
  }

  /** Waits until something more is written. @returns false when nothing is under way. */
  async advance(): Promise<boolean> {
    if (this.#running.size === 0) return false;
    await Promise.race(this.#running);
    this.#throwIfFailed();
    return true;
  }

  async #start(work: () => Promise<void>): Promise<void> {
    while (this.#running.size > this.#options.pool.capacity) await Promise.race(this.#running);
    this.#throwIfFailed();
    const settled = work()
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#running.delete(settled));
    this.#running.add(settled);
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
    throwIfCancelled(this.#options.signal, 'restore');
  }

  async #runJob({ fetches, blobs }: PlannedJob): Promise<void> {
    const { pool } = this.#options;
    const buffer = await pool.takeBuffer();
    let hasWriteFailed = false;
    try {
      let at = 0;
      const fetched = fetches.map((fetch) => {
        const into = buffer.bytes.subarray(at, at + fetch.frames * FRAME_BYTES);
        at += into.length;
        return this.#fetch(fetch, into);
      });
      // All of them have to end before the buffer is given to others.
      await Promise.allSettled(fetched);
      const job = { fetches: await Promise.all(fetched), blobs: blobs.map(jobBlob) };
      const { failure } = await pool.run(job, buffer);
      if (failure === null) {
        for (const blob of blobs) this.#arrive(blob.placements, null);
        return;
      }
      if (failure.code === null) assertRoomLeft(failure.errno);
      hasWriteFailed = failure.code === null;
    } catch (error) {
      if (!isDamage(error)) throw error;
    } finally {
      pool.giveBuffer(buffer);
    }
    for (const blob of blobs) await this.#writeAlone(blob, hasWriteFailed);
  }

  async #fetch({ pack, firstFrame, frames }: Fetch, into: Uint8Array): Promise<JobFetch> {
    const { reader } = this.#options;
    const bytes = await reader.fetchFrames(pack, firstFrame, frames, into);
    if (bytes.buffer !== into.buffer) into.set(bytes);
    const { key, commitment, header } = await reader.packKeys(pack);
    return { key, commitment, header, firstFrame, frames };
  }

  /**
   * Reads and writes one blob by itself, so that a failure beside it does no harm.
   *
   * @param mustSync Where a write failed before, the cache would take another and tell nobody of its end.
   */
  async #writeAlone({ address, placements }: WantedBlob, mustSync: boolean): Promise<void> {
    let plain: Uint8Array;
    try {
      plain = await this.#options.reader.read(address);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#arrive(placements, error);
      return;
    }
    for (const placement of placements) {
      const { file, fileOffset, from, lengthBytes } = placement;
      let failure: unknown = null;
      try {
        assertHolds(plain.length, from, lengthBytes);
        if (!file.hasFailed) {
          writeFully(file.fd, plain.subarray(from, from + lengthBytes), fileOffset);
          if (mustSync) fdatasyncSync(file.fd);
        }
      } catch (cause) {
        failure = cause instanceof HoldfastError ? cause : writeFailure(cause);
      }
      this.#arrive([placement], failure);
    }
  }

  #arrive(placements: readonly Placement[], failure: unknown): void {
    for (const { file, lengthBytes, passingBytes } of placements) {
      file.arrive(failure);
      this.#options.onWritten(lengthBytes - passingBytes);
    }
  }
}

function jobBlob({ address, ranges, placements }: PlannedBlob): JobBlob {
  const { storedBytes, plainBytes, compressed } = address;
  const places = new Float64Array(ranges.length * RANGE_FIELDS);
  ranges.forEach(({ fetch, contentOffset, lengthBytes }, i) => {
    places.set([fetch, contentOffset, lengthBytes], i * RANGE_FIELDS);
  });
  const writes = new Float64Array(placements.length * WRITE_FIELDS);
  placements.forEach(({ file, fileOffset, from, lengthBytes }, i) => {
    const isEnd = fileOffset + lengthBytes === file.bytes ? 1 : 0;
    writes.set([file.fd, file.directFd, fileOffset, from, lengthBytes, isEnd], i * WRITE_FIELDS);
  });
  return { ranges: places, storedBytes, plainBytes, compressed, writes };
}

/** @throws {HoldfastError} `disk-full`. */
function writeFailure(cause: unknown): HoldfastError {
  assertRoomLeft((cause as NodeJS.ErrnoException).code);
  const message = `Cannot write a file: ${systemState(cause)}`;
  return new HoldfastError('target-denied', message, { cause });
}

/** A full disk would befall all other files too. @throws {HoldfastError} `disk-full`. */
function assertRoomLeft(errno: string | undefined): void {
  if (errno !== 'ENOSPC' && errno !== 'EDQUOT') return;
  throw new HoldfastError(
    'disk-full',
    'Cannot restore: no room is left on the disk that it goes to',
  );
}
