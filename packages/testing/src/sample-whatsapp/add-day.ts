// Adds the next day to a sample: what makes tomorrow's backup differ from today's.

import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AppSession } from './app-session.ts';
import { MEDIA_KINDS, type MediaKind } from './media-kind.ts';
import { MediaLibrary, type StoredMedia } from './media-library.ts';
import { planMedia } from './media-plan.ts';
import { type SampleReport, samplePaths } from './sample-folder.ts';

export interface DayOptions {
  readonly seed?: number;
  readonly newMessages: number;
  /** Share of the messages already there that get another text, 0 (if left out) … 1. */
  readonly editedFraction?: number;
  readonly mediaFiles?: number;
  /** Total of the new media files, met to within some per cent; 150,000 per file if left out. */
  readonly mediaBytes?: number;
  /** Leaves all changes in `msgstore.db-wal`, as when a phone's storage is copied while in use. */
  readonly leaveWal?: boolean;
}

const DAY_MS = 86_400_000;
const MEAN_MESSAGES = 3;

/** The same sample and options give the same day. Days follow one another at midnight UTC. */
export function addDay(folder: string, options: DayOptions): SampleReport {
  const { newMessages, editedFraction = 0, mediaFiles = 0, leaveWal = false } = options;
  const seed = options.seed ?? 1;
  const { msgstore } = samplePaths(folder);
  const session = new AppSession(folder, seed, mediaFiles > 0 ? 0.02 : 0.06);
  try {
    const { random, last } = session;
    session.db.exec(`PRAGMA wal_autocheckpoint = ${leaveWal ? 0 : 1000}`);
    const mediaBytes = options.mediaBytes ?? mediaFiles * 150_000;
    const plan = planMedia(random, { mediaFiles, mediaBytes });
    const startMs = (Math.floor(last.timestampMs / DAY_MS) + 1) * DAY_MS;
    const library = new MediaLibrary(folder, `media ${seed} ${startMs}`);
    let messagesLeft = newMessages;
    let editsLeft = Math.round(last.rowId * editedFraction);
    let nextFile = 0;
    const stepMs = (DAY_MS * 0.95) / (newMessages + editsLeft + 1);
    let timestampMs = startMs + 60_000;
    while (messagesLeft > 0 || editsLeft > 0 || nextFile < plan.length) {
      if (editsLeft > 0 && random.chance(editsLeft / (editsLeft + messagesLeft / MEAN_MESSAGES))) {
        editsLeft--;
        session.edit(Math.floor(timestampMs));
        timestampMs += stepMs;
        continue;
      }
      const messages = Math.min(messagesLeft, random.between(1, 2 * MEAN_MESSAGES - 1));
      messagesLeft -= messages;
      const due = Math.ceil(plan.length * (1 - messagesLeft / Math.max(1, newMessages)));
      let media: StoredMedia | undefined;
      for (; nextFile < (messagesLeft === 0 ? plan.length : due); nextFile++) {
        const file = plan[nextFile];
        if (file === undefined) break;
        const older = file.copyOf === null ? undefined : findOlderFile(session, last.rowId);
        const stored = library.add(nextFile, file, Math.floor(timestampMs), older);
        if (stored.kind !== 'status') media ??= stored;
      }
      if (messages > 0) session.converse(messages, Math.floor(timestampMs), media);
      timestampMs += stepMs * messages;
    }
    // A reader that may not write keeps the closing writer from emptying the log.
    const reader = leaveWal ? new DatabaseSync(msgstore, { readOnly: true }) : null;
    reader?.prepare('SELECT count(*) FROM chat').get();
    session.close();
    reader?.close();
    const databaseBytes = statSync(msgstore).size;
    return { ...session.history.counts, ...library.counts, databaseBytes };
  } finally {
    if (session.db.isOpen) session.close();
  }
}

/** Somebody forwards a file that has been on the phone for a while. */
function findOlderFile(session: AppSession, lastRowId: number): StoredMedia | undefined {
  const row = session.db
    .prepare(
      `SELECT file_path, file_size, file_hash, mime_type FROM message_media
       WHERE message_row_id >= ? AND file_path IS NOT NULL ORDER BY message_row_id LIMIT 1`,
    )
    .get(session.random.between(1, lastRowId));
  if (row === undefined) return undefined;
  const kinds = Object.keys(MEDIA_KINDS) as MediaKind[];
  const kind = kinds.find((candidate) => MEDIA_KINDS[candidate].mimeType === row.mime_type);
  if (kind === undefined) return undefined;
  return {
    kind,
    isSent: false,
    isForward: false,
    bytes: Number(row.file_size),
    path: String(row.file_path),
    hash: String(row.file_hash),
  };
}
