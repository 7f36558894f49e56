// The app in use: opens an existing sample and writes as the app does, in small transactions with
// a few messages of one chat each, while receipts and reactions for earlier ones come in.

import type { DatabaseSync } from 'node:sqlite';
import { HistoryWriter } from './history-writer.ts';
import type { StoredMedia } from './media-library.ts';
import { readChats } from './people.ts';
import { Random } from './random.ts';
import { openForWriting, samplePaths } from './sample-folder.ts';

export class AppSession {
  readonly db: DatabaseSync;
  readonly random: Random;
  readonly history: HistoryWriter;
  /** What the history ended with when the session began; 0 and 0 if it was empty. */
  readonly last: { readonly rowId: number; readonly timestampMs: number };

  /** @throws {Error} of SQLite when there is no sample in `folder`. */
  constructor(folder: string, seed: number, notDownloadedShare: number) {
    this.db = openForWriting(samplePaths(folder).msgstore);
    const last = this.db
      .prepare('SELECT max(_id) AS rowId, max(timestamp) AS timestampMs FROM message')
      .get();
    this.last = { rowId: Number(last?.rowId ?? 0), timestampMs: Number(last?.timestampMs ?? 0) };
    this.random = new Random(`session ${seed} ${this.last.rowId} ${this.last.timestampMs}`);
    const options = { live: true, notDownloadedShare };
    this.history = new HistoryWriter(this.db, readChats(this.db), this.random, options);
  }

  /** One transaction: `messages` new ones in one chat, the first with `media`, if given. */
  converse(messages: number, timestampMs: number, media?: StoredMedia): void {
    this.#transaction(() => {
      const chat = this.history.pickChat();
      for (let said = 0; said < messages; said++) {
        this.history.say(chat, timestampMs + said * 700, said === 0 ? media : undefined);
      }
      this.history.updateReceipts(timestampMs);
      this.history.updateChats();
    });
  }

  /** One transaction: an old message, anywhere in the history, gets another text. */
  edit(timestampMs: number): void {
    this.#transaction(() => this.history.editOne(timestampMs, this.last.rowId));
  }

  #transaction(write: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      write();
      this.db.exec('COMMIT');
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Closes the database, which checkpoints and removes its write-ahead log. */
  close(): void {
    this.db.close();
  }
}
