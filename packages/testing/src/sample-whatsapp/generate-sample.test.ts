// generateSample(): what a sample folder holds, and that it is the same each time.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { generateSample } from './generate-sample.ts';

const SIZE = { messages: 3000, mediaFiles: 200, mediaBytes: 4_000_000 };
const scratch = mkdtempSync(join(tmpdir(), 'holdfast-sample-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const folder = join(scratch, 'one');
const report = generateSample(folder, { ...SIZE, seed: 7 });

function filesBelow(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== '.nomedia');
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('base64');
}

function openSample(): DatabaseSync {
  return new DatabaseSync(join(folder, 'Databases', 'msgstore.db'), { readOnly: true });
}

function dump(root: string): string {
  const hash = createHash('sha256');
  using db = new DatabaseSync(join(root, 'Databases', 'msgstore.db'), { readOnly: true });
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1").all();
  for (const { name } of tables) {
    for (const row of db.prepare(`SELECT * FROM "${name}"`).iterate()) {
      for (const value of Object.values(row)) {
        hash.update(value instanceof Uint8Array ? value : String(value)).update('\0');
      }
    }
  }
  for (const path of filesBelow(join(root, 'Media'))) {
    hash.update(path.slice(root.length)).update(readFileSync(path));
  }
  return hash.digest('hex');
}

test('The same seed gives the same sample, another seed another one', () => {
  const [again, other] = [join(scratch, 'again'), join(scratch, 'other')];
  generateSample(again, { ...SIZE, seed: 7 });
  generateSample(other, { ...SIZE, seed: 8 });
  assert.equal(dump(again), dump(folder));
  assert.notEqual(dump(other), dump(folder));
});

test('A sample has as many messages, media files and bytes as were asked for', () => {
  using db = openSample();
  assert.equal(db.prepare('SELECT count(*) AS n FROM message').get()?.n, SIZE.messages);
  assert.equal(report.messages, SIZE.messages);
  const files = filesBelow(join(folder, 'Media'));
  assert.equal(files.length, SIZE.mediaFiles);
  const bytes = files.reduce((total, path) => total + statSync(path).size, 0);
  assert.equal(bytes, report.mediaBytes);
  assert.ok(Math.abs(bytes - SIZE.mediaBytes) < 0.05 * SIZE.mediaBytes, `got ${bytes} bytes`);
  const perMessage = report.databaseBytes / SIZE.messages;
  assert.ok(perMessage > 350 && perMessage < 800, `got ${perMessage} bytes per message`);
});

test('The database is sound, in write-ahead-log mode, closed, and searchable', () => {
  using db = openSample();
  assert.equal(db.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
  assert.equal(db.prepare('PRAGMA page_size').get()?.page_size, 4096);
  assert.equal(db.prepare('PRAGMA journal_mode').get()?.journal_mode, 'wal');
  const found = db
    .prepare(
      `SELECT m.text_data AS text FROM message_ftsv2 f JOIN message m ON m._id = f.docid
       WHERE message_ftsv2 MATCH 'content:tomorrow'`,
    )
    .all();
  assert.ok(found.length > 0);
  for (const row of found) assert.match(String(row.text), /tomorrow/i);
  assert.ok(!existsSync(join(scratch, 'one', 'Databases', 'msgstore.db-journal')));
});

test('Chats are of very unequal size, some are groups, and each knows its last message', () => {
  using db = openSample();
  const counts = db
    .prepare('SELECT count(*) AS n FROM message GROUP BY chat_row_id ORDER BY n DESC')
    .all()
    .map((row) => Number(row.n));
  assert.ok((counts[0] ?? 0) > 10 * (counts.at(-1) ?? 0));
  const wrong = db
    .prepare(
      `SELECT count(*) AS n FROM chat c WHERE c.last_message_row_id <>
         (SELECT max(m._id) FROM message m WHERE m.chat_row_id = c._id)`,
    )
    .get();
  assert.equal(wrong?.n, 0);
  const groups = db.prepare("SELECT count(*) AS n FROM jid WHERE server = 'g.us'").get();
  assert.ok(Number(groups?.n) > 0);
  for (const table of ['message_quoted', 'message_add_on_reaction', 'receipt_user', 'call_log']) {
    assert.ok(Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n) > 0, table);
  }
});

test('Text comes in several scripts and with emoji', () => {
  using db = openSample();
  const rows = db.prepare('SELECT text_data FROM message WHERE text_data IS NOT NULL').all();
  const text = rows.map((row) => row.text_data).join('\n');
  for (const script of ['Latin', 'Cyrillic', 'Arabic', 'Devanagari', 'Han']) {
    assert.match(text, new RegExp(`\\p{Script=${script}}`, 'u'), script);
  }
  assert.match(text, /\p{Emoji_Presentation}/u);
  assert.match(text, /https:\/\//);
});

test('Media files begin with the true header of their format', () => {
  const starts: Record<string, RegExp> = {
    jpg: /^\xff\xd8\xff\xe0..JFIF/s,
    mp4: /^....ftypmp42/s,
    opus: /^OggS.{24}OpusHead/s,
    pdf: /^%PDF-1\.7/,
  };
  const seen = new Set<string>();
  for (const path of filesBelow(join(folder, 'Media'))) {
    const extension = path.slice(path.lastIndexOf('.') + 1);
    seen.add(extension);
    assert.match(readFileSync(path).toString('latin1'), starts[extension] ?? /never/, path);
  }
  assert.deepEqual([...seen].sort(), ['jpg', 'mp4', 'opus', 'pdf']);
});

test('Messages point at their media by path, size and hash', () => {
  using db = openSample();
  const rows = db
    .prepare('SELECT file_path, file_size, file_hash FROM message_media WHERE file_path NOT NULL')
    .all();
  assert.ok(rows.length > 0.9 * SIZE.mediaFiles);
  for (const row of rows) {
    const path = join(folder, String(row.file_path));
    assert.equal(statSync(path).size, row.file_size);
    assert.equal(hashOf(path), row.file_hash);
  }
});

test('About one media file in twenty repeats another one', () => {
  const files = filesBelow(join(folder, 'Media'));
  const distinct = new Set(files.map(hashOf)).size;
  assert.equal(files.length - distinct, SIZE.mediaFiles / 20);
  assert.equal(report.duplicateFiles, SIZE.mediaFiles / 20);
});

test('A sample has empty folders and empty files', () => {
  assert.deepEqual(readdirSync(join(folder, 'Media', 'WhatsApp Animated Gifs')), []);
  assert.equal(statSync(join(folder, 'Media', '.Statuses', '.nomedia')).size, 0);
});

test('generateSample() refuses a folder with a sample, and too few bytes for the files', () => {
  assert.throws(() => generateSample(folder, SIZE), /Cannot generate a sample/);
  const tooFew = { messages: 10, mediaFiles: 10, mediaBytes: 100 };
  assert.throws(() => generateSample(join(scratch, 'none'), tooFew), RangeError);
});
