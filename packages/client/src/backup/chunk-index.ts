/**
 * Which chunks are stored already, on disk: a cache that is made anew from the backup's own tables
 * when it is missing.
 *
 * An entry is believed only with its tag, and while the backup's index, or this run, knows the place
 * it names.
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
import { ByteWriter, equalBytes, toHex } from '@holdfast/core/bytes';

/** Changes when the tables below do; an older file is thrown away. */
const SCHEMA_VERSION = 2;
/** Entries written in one transaction. */
const BATCH = 1000;

interface Row {
  readonly stream: Uint8Array;
  readonly offset: number;
  readonly stored: number;
  readonly plain: number;
  readonly compressed: number;
  readonly slot: number;
  readonly tag: Uint8Array;
}

/** A short keyed checksum of an entry. */
export type TagOf = (entry: Uint8Array) => Uint8Array;

/** Primary result codes (https://www.sqlite.org/rescode.html): malformed, and no database. */
const DAMAGED_CODES = [11, 26];

/** A page of a group that an interrupted backup stored. */
export interface KnownPage {
  readonly group: Address;
  readonly slot: number;
}

export class ChunkIndex {
  readonly #tagOf: TagOf;
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #addStream: StatementSync;
  /** By name; written together, in a transaction so short that other processes need not wait. */
  readonly #pending = new Map<string, { name: Uint8Array; address: Address; slot: number }>();

  constructor(path: string, tagOf: TagOf) {
    this.#tagOf = tagOf;
    this.#database = new DatabaseSync(path, { timeout: 10_000 });
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    this.#createTables();
    this.#find = this.#database.prepare(
      'SELECT s.id AS stream, offset, stored, plain, compressed, slot, tag FROM blob ' +
        'JOIN stream s ON s.number = blob.stream WHERE name = ?',
    );
    this.#addStream = this.#database.prepare('INSERT OR IGNORE INTO stream (id) VALUES (?)');
    this.#insert = this.#database.prepare(
      'INSERT OR REPLACE INTO blob (name, stream, offset, stored, plain, compressed, slot, tag) ' +
        'VALUES (?, (SELECT number FROM stream WHERE id = ?), ?, ?, ?, ?, ?, ?)',
    );
  }

  /**
   * Opens the index, or makes it anew when it is damaged. One that can't be used at all is kept in
   * memory for this run.
   *
   * @param folder An existing folder of this backup's own.
   * @param tagOf Binds an entry to the name it is for: a wrong entry would be a wrong restore.
   */
  static async open(folder: string, tagOf: TagOf): Promise<ChunkIndex> {
    const path = join(folder, 'chunks.sqlite');
    try {
      return new ChunkIndex(path, tagOf);
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      if (!isDamageOfCache(error)) return new ChunkIndex(':memory:', tagOf);
    }
    for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
    return new ChunkIndex(path, tagOf);
  }

  /** @param name 32 bytes. */
  find(name: Uint8Array): Address | null {
    return this.#lookUp(name, 'chunk')?.address ?? null;
  }

  /** @param name 16 bytes. */
  findPage(name: Uint8Array): KnownPage | null {
    const entry = this.#lookUp(name, 'pages');
    return entry === null ? null : { group: entry.address, slot: entry.slot };
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
    const query = 'SELECT 1 FROM blob WHERE length(name) = 16 LIMIT 1';
    return this.#use(() => this.#database.prepare(query).get() !== undefined, false);
  }

  /** Pages are kept for the next run of an interrupted backup only. */
  forgetPages(): void {
    this.flush();
    this.#use(() => this.#database.exec('DELETE FROM blob WHERE length(name) = 16'), undefined);
  }

  /** Whether all chunks of a layer of a file table are known. @param key Of `addressKey`. */
  knowsLayer(key: string): boolean {
    const query = 'SELECT 1 FROM layer WHERE key = ?';
    return this.#use(() => this.#database.prepare(query).get(key) !== undefined, false);
  }

  addLayer(key: string): void {
    this.flush();
    const insert = 'INSERT OR IGNORE INTO layer (key) VALUES (?)';
    this.#use(() => void this.#database.prepare(insert).run(key), undefined);
  }

  flush(): void {
    if (this.#pending.size === 0) return;
    this.#use(() => this.#write(), undefined);
    this.#pending.clear();
  }

  close(): void {
    this.flush();
    this.#database.close();
  }

  #write(): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const { name, address, slot } of this.#pending.values()) {
        const { stream, offset, storedBytes, plainBytes, compressed } = address;
        const place = [offset, storedBytes, plainBytes, compressed ? 1 : 0, slot] as const;
        this.#addStream.run(stream);
        this.#insert.run(name, stream, ...place, this.#tag(name, address, slot));
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #lookUp(name: Uint8Array, kind: BlobKind): { address: Address; slot: number } | null {
    const pending = this.#pending.get(toHex(name));
    if (pending !== undefined) return pending;
    const row = this.#use(() => this.#find.get(name) as Row | undefined, undefined);
    if (row === undefined) return null;
    const address = addressOf(row, kind);
    return equalBytes(row.tag, this.#tag(name, address, row.slot))
      ? { address, slot: row.slot }
      : null;
  }

  #tag(name: Uint8Array, address: Address, slot: number): Uint8Array {
    const writer = new ByteWriter(96).bytes(name).raw(address.stream).varint(address.offset);
    writer
      .varint(address.storedBytes)
      .varint(address.plainBytes)
      .u8(address.compressed ? 1 : 0);
    return this.#tagOf(writer.varint(slot).finish());
  }

  /** A cache that fails costs time, never the backup: what it can't tell is stored again. */
  #use<Result>(act: () => Result, otherwise: Result): Result {
    try {
      return act();
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      return otherwise;
    }
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
        slot INTEGER NOT NULL, tag BLOB NOT NULL
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

function isSqliteError(error: unknown): boolean {
  return typeof (error as { errcode?: unknown }).errcode === 'number';
}

function isDamageOfCache(error: unknown): boolean {
  return DAMAGED_CODES.includes((error as { errcode: number }).errcode & 0xff);
}
