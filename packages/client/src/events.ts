/** What long operations tell while they run. Everything is plain data. */

/** How far an operation is. Sent at most some times a second, and once at the end. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly phase: 'scanning' | 'backing-up' | 'restoring' | 'checking' | 'pruning';
  readonly itemsDone: number;
  /** Missing while it isn't known yet. */
  readonly itemsTotal?: number;
  readonly bytesDone: number;
  readonly bytesTotal?: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft?: number;
}

export type NoteCode =
  | 'changed-while-read'
  | 'database-as-file'
  | 'database-busy'
  | 'head-skipped'
  | 'name-conflict'
  | 'not-listed'
  | 'not-restored'
  | 'own-folder-skipped'
  | 'packs-lost'
  | 'partial-skipped'
  | 'rights-dropped'
  | 'source-empty'
  | 'special-file-skipped'
  | 'stored-anew'
  | 'target-shared'
  | 'unreadable'
  | 'vanished'
  | 'xattrs-skipped';

/** Something the person should know; the operation goes on. */
export interface NoteEvent {
  readonly type: 'note';
  readonly code: NoteCode;
  /** The file it is about, as bytes of its path. */
  readonly path?: Uint8Array;
  /** When it is about all paths from that one on: the first that is not meant; null for none. */
  readonly before?: Uint8Array | null;
  readonly message: string;
}

export type Event = ProgressEvent | NoteEvent;
export type OnEvent = (event: Event) => void;
