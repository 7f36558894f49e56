/** What the main thread and a check worker say to each other. */
import type { Job } from '../../platform/job-threads.ts';

/** A segment that the backup's index says is in the pack. */
export interface ExpectedSegment {
  readonly stream: Uint8Array;
  readonly start: number;
  readonly lengthBytes: number;
  readonly contentOffset: number;
}

/** One whole pack to look through. */
export interface CheckJob extends Job {
  /** SHA-256 that the object should have. */
  readonly name: Uint8Array;
  readonly k: number;
  /** AES key of the pack, 32 bytes. */
  readonly key: Uint8Array;
  readonly commitment: Uint8Array;
  readonly header: Uint8Array;
  readonly segments: readonly ExpectedSegment[];
}

/** Chunks and groups of pages that begin in a pack, as parallel arrays. */
export interface BlobListing {
  /** Ids of streams, 16 bytes each. */
  readonly streams: Uint8Array;
  /** Number of the blob's stream. */
  readonly streamOf: Uint32Array;
  readonly offsets: Float64Array;
  readonly storedBytes: Uint32Array;
  readonly plainBytes: Uint32Array;
  /** Of the first of its names, counted in names; one more at the end. */
  readonly firstNames: Uint32Array;
  /** The first 8 bytes of each name. */
  readonly names: Uint8Array;
}

/** A blob that begins in the pack, for those that need a closer look. */
export interface FoundBlob {
  readonly kind: 'chunk' | 'pages' | 'node';
  readonly stream: Uint8Array;
  readonly offset: number;
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly compressed: boolean;
  /** As the pack's own index lists them. */
  readonly names: Uint8Array;
}

export interface PackVerdict {
  /** Whether the object's SHA-256 is its name. */
  readonly isNamed: boolean;
  /** Frames that do not open. */
  readonly lostFrames: readonly number[];
  /** Whether the pack's own index could be read. */
  readonly hasIndex: boolean;
  /** Whether it has all that the backup's index says is there. */
  readonly hasSegments: boolean;
  /** Blobs that do not decompress, or whose names are not those of their content. */
  readonly wrong: readonly FoundBlob[];
  /** Blobs that begin here and end in another pack. */
  readonly crossing: readonly FoundBlob[];
  readonly listing: BlobListing;
}

export type CheckAnswer =
  | { readonly id: number; readonly verdict: PackVerdict }
  /** Not damage: the worker itself failed. */
  | { readonly id: number; readonly failure: string };

/** What a worker is given at its start. */
export interface CheckSetup {
  readonly chunkNameKey: Uint8Array;
}
