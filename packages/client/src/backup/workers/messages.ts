/**
 * What the main thread and its workers say to each other.
 *
 * Workers read, name, compress and seal; the main thread decides what is new and talks to the
 * store. Descriptors are shared by all threads of a process; packs lie in shared memory.
 */

import type { PackRef, PieceLayout, StreamPart } from '@holdfast/core/backup-format';
import type { Effort } from '@holdfast/core/crypto';
import type { BufferMemory } from '../../platform/shared-buffers.ts';

/** A stretch of an open file. */
export interface FilePiece {
  readonly fd: number;
  readonly offset: number;
  /** At most 1 MiB; a batch of pieces together no more. */
  readonly lengthBytes: number;
}

/** Where a blob went in the worker's stream; the main thread adds kind and stream. */
export interface BlobPlace {
  readonly offset: number;
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly compressed: boolean;
}

/** Where a worker's group of pages went. */
export interface StoredGroup {
  readonly group: number;
  readonly place: BlobPlace;
}

export type WorkerTask =
  | { readonly type: 'chunks'; readonly pieces: readonly FilePiece[] }
  | {
      readonly type: 'pages';
      readonly fd: number;
      readonly pageBytes: number;
      readonly firstPage: number;
      readonly pageCount: number;
      /** Names of the pages as stored, 16 bytes each; zeros where there is none. */
      readonly parentNames: Uint8Array;
      readonly effort: Effort;
      /** Whether to ask about changed pages before storing them. */
      readonly ask: boolean;
    }
  | { readonly type: 'flush' }
  | { readonly type: 'finish' };

/** A piece as it was read. */
export interface ReadPiece {
  /** Less than asked when the file has become shorter. */
  readonly bytesRead: number;
  /** 32 bytes; empty when the piece is all zeros and so needs no chunk. */
  readonly name: Uint8Array;
  /** null when it was not wanted, or needs no chunk. */
  readonly place: BlobPlace | null;
  /** Why it could not be read; the other pieces of its batch are not concerned. */
  readonly failure: ReadFailure | null;
}

export interface ReadFailure {
  readonly message: string;
  /** Such as `EIO`. */
  readonly errno: string | undefined;
}

/** Pages that differ from what is known, as parallel arrays. */
export interface ChangedPages {
  readonly pages: Uint32Array;
  /** 16 bytes each. */
  readonly names: Uint8Array;
  /** Number of the worker's group that holds the page; −1 when it was not wanted. */
  readonly groups: Int32Array;
  readonly slots: Uint32Array;
}

/** The pack that a worker was filling at the end. */
export interface StreamRest {
  /** Id of the buffer that holds it; given back with this. */
  readonly buffer: number;
  readonly layout: readonly PieceLayout[];
}

export type WorkerResult =
  | { readonly type: 'chunks'; readonly pieces: readonly ReadPiece[] }
  | { readonly type: 'pages'; readonly changed: ChangedPages }
  | { readonly type: 'flush' }
  | { readonly type: 'finish'; readonly rest: StreamRest | null };

export type ToWorker =
  | { readonly type: 'task'; readonly id: number; readonly task: WorkerTask }
  | { readonly type: 'answer'; readonly id: number; readonly wanted: Uint8Array }
  /** Memory for a pack; `memory`, all buffers', only with the first. */
  | { readonly type: 'buffer'; readonly id: number; readonly memory: BufferMemory | null };

export type FromWorker =
  /** Names of what was read, back to back; the answer has a byte for each: 1 when wanted. */
  | { readonly type: 'ask'; readonly id: number; readonly names: Uint8Array }
  | {
      readonly type: 'done';
      readonly id: number;
      readonly result: WorkerResult;
      /** Groups of pages that were stored meanwhile, of this task or of others. */
      readonly groups: readonly StoredGroup[];
    }
  | { readonly type: 'failed'; readonly id: number; readonly failure: TaskFailure }
  | { readonly type: 'take-buffer' }
  | {
      readonly type: 'pack';
      readonly ref: PackRef;
      readonly parts: readonly StreamPart[];
      /** Id of the buffer that holds it. */
      readonly buffer: number;
    };

export interface TaskFailure {
  /** Whether it was the file that could not be read; anything else ends the backup. */
  readonly isUnreadable: boolean;
  readonly message: string;
  /** Such as `EIO`. */
  readonly errno: string | undefined;
}

/** What a worker is given at its start. */
export interface WorkerSetup {
  /** 16 bytes. */
  readonly stream: Uint8Array;
  readonly epochKeys: readonly Uint8Array[];
  readonly chunkNameKey: Uint8Array;
}
