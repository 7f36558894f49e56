// addDay(): what the next day adds, and in which state it leaves the database.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { addDay } from './add-day.ts';
import { generateSample } from './generate-sample.ts';

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-sample-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const original = join(scratch, 'original');
generateSample(original, { messages: 2000, mediaFiles: 40, mediaBytes: 400_000 });

function copySample(name: string): { folder: string; database: string } {
  const folder = join(scratch, name);
  cpSync(original, folder, { recursive: true });
  return { folder, database: join(folder, 'Databases', 'msgstore.db') };
}

function count(database: string, from: string): number {
  using db = new DatabaseSync(database, { readOnly: true });
  return Number(db.prepare(`SELECT count(*) AS n FROM ${from}`).get()?.n);
}

test('A day adds the messages, edits and media files that were asked for', () => {
  const { folder, database } = copySample('day');
  const size = { mediaFiles: 40, mediaBytes: 300_000 };
  const report = addDay(folder, { newMessages: 300, editedFraction: 0.01, ...size });
  assert.ok(!existsSync(`${database}-wal`), 'no write-ahead log is left');
  assert.equal(report.messages, 300);
  assert.equal(report.edited, 20);
  assert.equal(report.mediaFiles, 40);
  assert.equal(report.duplicateFiles, 2);
  assert.equal(count(database, 'message'), 2300);
  const edits = count(database, 'message_edit_info');
  assert.ok(edits > 10 && edits <= 20, `got ${edits} edited messages`);
  using db = new DatabaseSync(database, { readOnly: true });
  assert.equal(db.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
  const stale = `SELECT count(*) AS n FROM message m JOIN message_ftsv2 f ON f.docid = m._id
    WHERE f.content <> m.text_data`;
  assert.equal(db.prepare(stale).get()?.n, 0);
  const last = db.prepare('SELECT max(last_message_row_id) AS id FROM chat').get();
  assert.equal(last?.id, 2300);
});

test('The same day on the same sample is the same, and a second day is another', () => {
  const [first, second] = [copySample('first'), copySample('second')];
  const read = `SELECT group_concat(key_id || coalesce(text_data, '') || timestamp) AS all_of
    FROM (SELECT * FROM message WHERE _id > 2000 ORDER BY _id)`;
  const texts = [first, second].map(({ folder, database }) => {
    addDay(folder, { newMessages: 50, seed: 3 });
    using db = new DatabaseSync(database, { readOnly: true });
    return db.prepare(read).get()?.all_of;
  });
  assert.equal(texts[0], texts[1]);
  addDay(first.folder, { newMessages: 50, seed: 3, mediaFiles: 5 });
  assert.equal(count(first.database, 'message'), 2100);
  assert.equal(count(first.database, '(SELECT DISTINCT key_id FROM message)'), 2100);
});

test('With leaveWal the new messages are in the log alone', () => {
  const { folder, database } = copySample('log');
  const before = readFileSync(database);
  addDay(folder, { newMessages: 20, leaveWal: true });
  assert.ok(existsSync(`${database}-wal`));
  assert.deepEqual(readFileSync(database), before);
  assert.equal(count(database, 'message'), 2020);
});
