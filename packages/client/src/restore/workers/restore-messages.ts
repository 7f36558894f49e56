/** What the main thread and a restore worker say to each other. */
import type { Job } from '../../platform/job-threads.ts';

/** Numbers that one write takes. */
export const WRITE_FIELDS = 5;

/** One blob inside the frames that a job brings. */
export interface JobBlob {
  /** Where the stored bytes begin, counted in the pack's content. */
  readonly contentOffset: number;
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly compressed: boolean;
  /**
   * Where its plaintext goes: descriptor, descriptor for direct writes, offset in the file, offset
   * in the plaintext, length; repeated.
   */
  readonly writes: Float64Array;
}

/** Neighbouring frames of one pack, and what to write of them. */
export interface RestoreJob extends Job {
  /** AES key of the pack, 32 bytes. */
  readonly key: Uint8Array;
  readonly commitment: Uint8Array;
  readonly header: Uint8Array;
  readonly firstFrame: number;
  readonly frames: number;
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
