/**
 * Which chunks are stored already, on disk: a cache that is made anew from the backup's own tables
 * when it is missing.
 *
 * An entry is believed only while the backup's index, or this run, knows the place it names.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  type Address,
  type BlobKind,
  type IndexedBlob,
  PAGE_NAME_BYTES,
} from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';

/** Changes when the tables below do; an older file is thrown away. */
const SCHEMA_VERSION = 1;
/** Entries written in one transaction. */
const BATCH = 1000;

interface Row {
  readonly stream: Uint8Array;
  readonly offset: number;
  readonly stored: number;
  readonly plain: number;
  readonly compressed: number;
  readonly slot: number;
}

/** A page of a group that an interrupted backup stored. */
export interface KnownPage {
  readonly group: Address;
  readonly slot: number;
}

export class ChunkIndex {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #addStream: StatementSync;
  /** By name; written together, in a transaction so short that other processes need not wait. */
  readonly #pending = new Map<string, { name: Uint8Array; address: Address; slot: number }>();

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 10_000 });
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    this.#createTables();
    this.#find = this.#database.prepare(
      'SELECT s.id AS stream, offset, stored, plain, compressed, slot FROM blob ' +
        'JOIN stream s ON s.number = blob.stream WHERE name = ?',
    );
    this.#addStream = this.#database.prepare('INSERT OR IGNORE INTO stream (id) VALUES (?)');
    this.#insert = this.#database.prepare(
      'INSERT OR REPLACE INTO blob (name, stream, offset, stored, plain, compressed, slot) ' +
        'VALUES (?, (SELECT number FROM stream WHERE id = ?), ?, ?, ?, ?, ?)',
    );
  }

  /** @param folder An existing folder of this backup's own. A file that is no good is made anew. */
  static async open(folder: string): Promise<ChunkIndex> {
    const path = join(folder, 'chunks.sqlite');
    try {
      return new ChunkIndex(path);
    } catch {
      for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
      return new ChunkIndex(path);
    }
  }

  /** @param name 32 bytes. */
  find(name: Uint8Array): Address | null {
    const pending = this.#pending.get(toHex(name));
    if (pending !== undefined) return pending.address;
    const row = this.#find.get(name) as Row | undefined;
    return row === undefined ? null : addressOf(row, 'chunk');
  }

  /** @param name 16 bytes. */
  findPage(name: Uint8Array): KnownPage | null {
    const pending = this.#pending.get(toHex(name));
    if (pending !== undefined) return { group: pending.address, slot: pending.slot };
    const row = this.#find.get(name) as Row | undefined;
    return row === undefined ? null : { group: addressOf(row, 'pages'), slot: row.slot };
  }

  add(name: Uint8Array, address: Address, slot = 0): void {
    this.#pending.set(toHex(name), { name, address, slot });
    if (this.#pending.size >= BATCH) this.flush();
  }

  /** Adds what a pack's own index lists. */
  addBlob({ address, names }: IndexedBlob): void {
    if (address.kind === 'chunk') this.add(names, address);
    if (address.kind !== 'pages') return;
    for (let slot = 0; slot * PAGE_NAME_BYTES < names.length; slot++) {
      const from = slot * PAGE_NAME_BYTES;
      this.add(names.subarray(from, from + PAGE_NAME_BYTES), address, slot);
    }
  }

  /** Whether pages of an interrupted backup are known. */
  hasPages(): boolean {
    return (
      this.#database.prepare('SELECT 1 FROM blob WHERE length(name) = 16 LIMIT 1').get() !==
      undefined
    );
  }

  /** Pages are kept for the next run of an interrupted backup only. */
  forgetPages(): void {
    this.flush();
    this.#database.exec('DELETE FROM blob WHERE length(name) = 16');
  }

  /** Whether all chunks of a layer of a file table are known. @param key Of `addressKey`. */
  knowsLayer(key: string): boolean {
    return this.#database.prepare('SELECT 1 FROM layer WHERE key = ?').get(key) !== undefined;
  }

  addLayer(key: string): void {
    this.flush();
    this.#database.prepare('INSERT OR IGNORE INTO layer (key) VALUES (?)').run(key);
  }

  flush(): void {
    if (this.#pending.size === 0) return;
    this.#database.exec('BEGIN IMMEDIATE');
    for (const { name, address, slot } of this.#pending.values()) {
      const { stream, offset, storedBytes, plainBytes, compressed } = address;
      this.#addStream.run(stream);
      this.#insert.run(name, stream, offset, storedBytes, plainBytes, compressed ? 1 : 0, slot);
    }
    this.#database.exec('COMMIT');
    this.#pending.clear();
  }

  close(): void {
    this.flush();
    this.#database.close();
  }

  #createTables(): void {
    const { user_version: version } = this.#database.prepare('PRAGMA user_version').get() as {
      user_version: number;
    };
    if (version === SCHEMA_VERSION) return;
    this.#database.exec(`
      BEGIN;
      DROP TABLE IF EXISTS blob;
      DROP TABLE IF EXISTS stream;
      DROP TABLE IF EXISTS layer;
      CREATE TABLE stream (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE);
      CREATE TABLE blob (
        name BLOB PRIMARY KEY, stream INTEGER NOT NULL, offset INTEGER NOT NULL,
        stored INTEGER NOT NULL, plain INTEGER NOT NULL, compressed INTEGER NOT NULL,
        slot INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE layer (key TEXT PRIMARY KEY) WITHOUT ROWID;
      PRAGMA user_version = ${SCHEMA_VERSION};
      COMMIT;
    `);
  }
}

function addressOf(row: Row, kind: BlobKind): Address {
  return {
    kind,
    stream: row.stream,
    offset: row.offset,
    storedBytes: row.stored,
    plainBytes: row.plain,
    compressed: row.compressed === 1,
  };
}
