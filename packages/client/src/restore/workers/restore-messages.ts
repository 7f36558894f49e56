/** What the main thread and a restore worker say to each other. */
import type { Job } from '../../platform/job-threads.ts';

/** Neighbouring frames of one pack, and what opens them. */
export interface JobFetch {
  /** AES key of the pack, 32 bytes. */
  readonly key: Uint8Array;
  readonly commitment: Uint8Array;
  readonly header: Uint8Array;
  readonly firstFrame: number;
  readonly frames: number;
}

/** Numbers that one range takes. */
export const RANGE_FIELDS = 3;
/** Where bytes lie: number of the fetch, place in the content of its pack, length; repeated. */
export type JobRanges = Float64Array;

/** Numbers that one write takes. */
export const WRITE_FIELDS = 6;

/** One blob inside the frames that a job brings. */
export interface JobBlob {
  /** Where its stored bytes lie. */
  readonly ranges: JobRanges;
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly compressed: boolean;
  /**
   * Where its plaintext goes: descriptor, descriptor for direct writes, offset in the file, offset
   * in the plaintext, length, 1 when nothing of the file is written behind it; repeated.
   */
  readonly writes: Float64Array;
}

/** Frames, and what to write of them. */
export interface RestoreJob extends Job {
  /** In the order in which the shared memory holds their frames. */
  readonly fetches: readonly JobFetch[];
  readonly blobs: readonly JobBlob[];
}

export interface RestoreAnswer {
  readonly id: number;
  /** null when all is written. */
  readonly failure: {
    /** An error code of Holdfast's when the stored bytes are at fault, else null. */
    readonly code: 'damaged' | null;
    readonly errno: string | undefined;
    readonly message: string;
  } | null;
}
