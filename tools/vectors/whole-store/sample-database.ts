// Four days of a small message database, as SQLite writes it.

import { DatabaseSync } from 'node:sqlite';

export const PAGE_BYTES = 512;
/** Where the header says which release of SQLite wrote last, which is none of a vector's business. */
const VERSION_OFFSET = 96;
const VERSION = 3_046_000;

/** The file on each day: filled; two days on which it changes; and shrunk. */
export function sampleDatabases(): readonly Uint8Array[] {
  const database = new DatabaseSync(':memory:');
  const days: Uint8Array[] = [];
  const endDay = (): void => {
    const file = database.serialize().slice();
    new DataView(file.buffer).setUint32(VERSION_OFFSET, VERSION);
    days.push(file);
  };
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
    database.exec('CREATE TABLE message (id INTEGER PRIMARY KEY, sender TEXT, text TEXT)');
    const insert = database.prepare('INSERT INTO message (sender, text) VALUES (?, ?)');
    const say = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        insert.run(
          i % 3 === 0 ? 'Ada' : 'Grace',
          `Message ${i}: ${'see you at eight '.repeat(i % 7)}`,
        );
      }
    };
    say(0, 150);
    endDay();
    say(150, 165);
    database.exec("UPDATE message SET text = 'deleted' WHERE id IN (7, 90)");
    endDay();
    say(165, 170);
    endDay();
    database.exec('DELETE FROM message WHERE id > 60');
    database.exec('VACUUM');
    endDay();
  } finally {
    database.close();
  }
  return days;
}
