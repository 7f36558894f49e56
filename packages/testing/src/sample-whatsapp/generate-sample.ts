// Makes a whole WhatsApp folder at once, as if it had grown on a phone over months or years.

import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { HistoryWriter } from './history-writer.ts';
import { MEDIA_KINDS } from './media-kind.ts';
import { MediaLibrary, type StoredMedia } from './media-library.ts';
import { planMedia } from './media-plan.ts';
import { type Chat, inventPeople } from './people.ts';
import { Random } from './random.ts';
import { openForWriting, type SampleReport, samplePaths } from './sample-folder.ts';
import { SCHEMAS } from './schema.ts';

export interface SampleSize {
  readonly messages: number;
  readonly mediaFiles: number;
  /** Total of all media files, met to within some per cent; at least 400 per file. */
  readonly mediaBytes: number;
}

const DAY_MS = 86_400_000;
const HISTORY_END_MS = Date.UTC(2026, 0, 31);
const MESSAGES_PER_DAY = 1400;
/** Share of messages with media, whether the file is still on the phone or not. */
const MEDIA_SHARE = 0.06;
const EMPTY_FOLDERS = ['WhatsApp Animated Gifs', 'WhatsApp Images/Private'];
const HIDDEN_FOLDERS = ['.Statuses', 'WhatsApp Images/Sent', 'WhatsApp Voice Notes'];

/**
 * Fills `folder`, which must not hold a sample yet. The same options give the same content.
 * Memory stays below about 500 MB whatever the size.
 *
 * @throws {Error} when `folder` already holds a sample.
 */
export function generateSample(
  folder: string,
  options: SampleSize & { seed?: number },
): SampleReport {
  const paths = samplePaths(folder);
  if (existsSync(paths.msgstore)) {
    throw new Error('Cannot generate a sample: the folder already holds one');
  }
  const random = new Random(`sample ${options.seed ?? 1}`);
  const plan = planMedia(random, options);
  makeFolders(folder);
  const days = Math.min(1460, Math.max(60, options.messages / MESSAGES_PER_DAY));
  const startMs = HISTORY_END_MS - Math.ceil(days) * DAY_MS;
  const library = new MediaLibrary(folder, `media ${options.seed ?? 1} ${startMs}`);

  using msgstore = openForWriting(paths.msgstore);
  msgstore.exec('PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE');
  msgstore.exec('PRAGMA cache_size = -180000; PRAGMA user_version = 1');
  msgstore.exec(SCHEMAS.msgstore);
  msgstore.exec('BEGIN');
  writeProps(msgstore, random);
  const chats = makeContacts(paths.contacts, msgstore, random, options.messages, startMs);
  const notDownloadedShare = Math.max(0, MEDIA_SHARE - plan.length / options.messages);
  const history = new HistoryWriter(msgstore, chats, random, { live: false, notDownloadedShare });

  const meanGapMs = (days * DAY_MS * 0.98) / Math.max(options.messages, plan.length);
  let timestampMs = startMs;
  let nextFile = 0;
  let chat = history.pickChat();
  const addFilesUpTo = (due: number): StoredMedia | undefined => {
    let media: StoredMedia | undefined;
    for (; nextFile < due; nextFile++) {
      const file = plan[nextFile];
      if (file === undefined) break;
      const stored = library.add(nextFile, file, timestampMs);
      if (stored.kind !== 'status') media ??= stored;
    }
    return media;
  };
  for (let made = 0; made < options.messages; made++) {
    timestampMs += 1 + Math.floor(-Math.log(1 - random.fraction()) * meanGapMs);
    if (random.chance(0.3)) chat = history.pickChat();
    const media = addFilesUpTo(Math.floor(((made + 1) * plan.length) / options.messages));
    history.say(chat, timestampMs, media);
  }
  addFilesUpTo(plan.length);
  history.updateChats();
  msgstore.exec('COMMIT');
  msgstore.exec(SCHEMAS.msgstoreLate);
  ageSearchIndex(msgstore);
  msgstore.exec('PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL');
  msgstore.close();
  const databaseBytes = statSync(paths.msgstore).size;
  return { ...history.counts, ...library.counts, databaseBytes };
}

function makeFolders(folder: string): void {
  mkdirSync(join(folder, 'Databases'), { recursive: true });
  const media = Object.values(MEDIA_KINDS).map((traits) => traits.folder);
  for (const name of [...media, ...EMPTY_FOLDERS, ...HIDDEN_FOLDERS]) {
    mkdirSync(join(folder, 'Media', name), { recursive: true });
  }
  for (const name of HIDDEN_FOLDERS) writeFileSync(join(folder, 'Media', name, '.nomedia'), '');
}

function makeContacts(
  path: string,
  msgstore: DatabaseSync,
  random: Random,
  messages: number,
  startMs: number,
): Chat[] {
  using contacts = openForWriting(path);
  contacts.exec(`PRAGMA journal_mode = WAL; ${SCHEMAS.contacts}; BEGIN`);
  contacts.exec("INSERT INTO android_metadata VALUES ('en_GB')");
  const chats = inventPeople({ msgstore, contacts }, random, { messages, startMs });
  contacts.exec('COMMIT');
  return chats;
}

function writeProps(msgstore: DatabaseSync, random: Random): void {
  msgstore.exec("INSERT INTO android_metadata VALUES ('en_GB')");
  const insert = msgstore.prepare('INSERT INTO props (key, value) VALUES (?, ?)');
  insert.run('user_push_name', 'Alex');
  insert.run('fts_ready', '5');
  insert.run('migration_completed', '1');
  insert.run('phone_id', random.hex(32).toLowerCase());
}

/**
 * FTS4 merges 16 segments of one level into one of the next, and a phone starts a segment with
 * every small transaction. Ours have 1 MB from the start, which a phone's reach at level 3: put
 * there, tomorrow's small ones merge among themselves first, as they do on a phone.
 */
function ageSearchIndex(msgstore: DatabaseSync): void {
  msgstore.exec('UPDATE message_ftsv2_segdir SET level = level + 3');
}
