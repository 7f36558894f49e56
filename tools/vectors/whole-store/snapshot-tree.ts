// The files of a snapshot while it is made: what is stored of each, and what a reader must find.

import {
  type Address,
  type Chunk,
  chunkKey,
  encodeChunkValue,
  encodeFileEntry,
  encodePageEntry,
  type FileEntry,
  pageKey,
  type Table,
  type Xattr,
} from '@holdfast/core/backup-format';
import { compareBytes, concatBytes, equalBytes, fromHex, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { PAGE_BYTES } from './sample-database.ts';
import type { Row, StoreMaker, Stream } from './store-maker.ts';

const PAGES_PER_GROUP = 8;
const ENTRIES_PER_LEAF = 5;
const DAY_NS = 86_400_000_000_000n;

/** What a reader must find at a path. */
interface Expected {
  readonly entry: FileEntry;
  readonly content: Uint8Array | null;
}

/** By path, as hex of its key. */
export type SnapshotTree = ReadonlyMap<string, Expected>;

type Fields = Pick<FileEntry, 'mode' | 'uid' | 'gid' | 'mtimeNs' | 'ctimeNs' | 'inode' | 'xattrs'>;

export interface Attributes {
  readonly mode?: number;
  readonly mtimeNs?: bigint;
  readonly xattrs?: readonly Xattr[];
}

/** A piece of a file at its place. */
export type Place = readonly [fileOffset: number, plain: Uint8Array];

/** Makes entries; contents go into one stream, tables of chunks and pages into another. */
export class TreeMaker {
  readonly tree: Map<string, Expected>;
  readonly #store: StoreMaker;
  readonly #data: Stream;
  readonly #tables: Stream;
  /** What is stored already, by name. */
  readonly #known: Map<string, Address>;
  readonly #day: bigint;

  /** @param base What has not changed since. @param known Shared by all snapshots of a store. */
  constructor(
    store: StoreMaker,
    streams: { readonly data: Stream; readonly tables: Stream },
    base: SnapshotTree,
    known: Map<string, Address>,
    day: number,
  ) {
    this.#store = store;
    this.#data = streams.data;
    this.#tables = streams.tables;
    this.tree = new Map(base);
    this.#known = known;
    this.#day = BigInt(day);
  }

  folder(path: string, attributes: Attributes = {}): void {
    this.#set(path, { ...this.#fields({ mode: 0o755, ...attributes }), kind: 'folder' }, null);
  }

  link(path: string, target: string): void {
    const fields = this.#fields({ mode: 0o777 });
    this.#set(path, { ...fields, kind: 'link', target: utf8(target) }, null);
  }

  /** A file whose chunks its entry lists. @param path As text, or the bytes of its key. */
  async file(
    path: string | Uint8Array,
    places: readonly Place[],
    options: Attributes & { readonly bytes?: number } = {},
  ): Promise<void> {
    const chunks: Chunk[] = [];
    for (const place of places) chunks.push(await this.#chunk(place));
    const content = contentOf(places, options.bytes);
    const list = { kind: 'inline', chunks } as const;
    const entry: FileEntry = {
      ...this.#fields(options),
      kind: 'file',
      bytes: content.length,
      chunks: list,
    };
    this.#set(path, entry, content);
  }

  /**
   * A file with a table of chunks, of which one more layer is written.
   *
   * @param places All of it. @param changed Offsets that the layer is about, gone ones among them.
   */
  async bigFile(
    path: string,
    places: readonly Place[],
    changed: readonly number[],
    bytes: number,
  ): Promise<void> {
    const rows: Row[] = [];
    for (const offset of changed) {
      const place = places.find(([at]) => at === offset);
      const chunk = place === undefined ? null : await this.#chunk(place);
      const encode: Row['encode'] = (book) =>
        chunk === null ? new Uint8Array(0) : encodeChunkValue(book, chunk);
      rows.push({ key: chunkKey(offset), encode });
    }
    const before = this.tree.get(keyHex(path))?.entry;
    const older =
      before?.kind === 'file' && before.chunks.kind === 'table' ? before.chunks.table : [];
    const table: Table = [...older, this.#store.layer(this.#tables, rows, ENTRIES_PER_LEAF)];
    const fields = this.#fields({});
    const chunks = { kind: 'table', table } as const;
    this.#set(path, { ...fields, kind: 'file', bytes, chunks }, contentOf(places, bytes));
  }

  /** A database, of whose pages those that changed make one more layer. */
  async database(path: string, content: Uint8Array): Promise<void> {
    const before = this.tree.get(keyHex(path));
    const old = before?.content ?? new Uint8Array(0);
    const changed: number[] = [];
    for (let at = 0; at < content.length; at += PAGE_BYTES) {
      const page = content.subarray(at, at + PAGE_BYTES);
      if (!equalBytes(page, old.subarray(at, at + PAGE_BYTES))) changed.push(at / PAGE_BYTES);
    }
    const rows: Row[] = [];
    for (let from = 0; from < changed.length; from += PAGES_PER_GROUP) {
      rows.push(...(await this.#group(content, changed.slice(from, from + PAGES_PER_GROUP))));
    }
    const older = before?.entry.kind === 'database' ? before.entry.pages : [];
    const pages = [...older, this.#store.layer(this.#tables, rows, 2 * ENTRIES_PER_LEAF)];
    const fields = this.#fields({});
    const shape = { bytes: content.length, pageBytes: PAGE_BYTES, walStamp: utf8('no log') };
    this.#set(path, { ...fields, kind: 'database', ...shape, pages }, content);
  }

  remove(path: string): void {
    this.tree.delete(keyHex(path));
  }

  /** The layer that makes the tree out of `base`. */
  layer(base: SnapshotTree): Table[number] {
    const rows: Row[] = [];
    for (const [key, { entry }] of this.tree) {
      if (base.get(key)?.entry === entry) continue;
      rows.push({ key: fromHex(key), encode: (book) => encodeFileEntry(book, entry) });
    }
    for (const key of base.keys()) {
      if (!this.tree.has(key)) rows.push({ key: fromHex(key), encode: () => new Uint8Array(0) });
    }
    return this.#store.layer(this.#tables, rows, ENTRIES_PER_LEAF);
  }

  async #chunk([fileOffset, plain]: Place): Promise<Chunk> {
    const name = await this.#store.nameOf(plain);
    const key = toHex(name);
    const address = this.#known.get(key) ?? this.#store.append(this.#data, 'chunk', plain, name);
    this.#known.set(key, address);
    return { fileOffset, name, address };
  }

  async #group(content: Uint8Array, numbers: readonly number[]): Promise<Row[]> {
    const pages = numbers.map((n) => content.slice(n * PAGE_BYTES, (n + 1) * PAGE_BYTES));
    const names: Uint8Array[] = [];
    for (const page of pages) names.push((await this.#store.nameOf(page)).subarray(0, 16));
    const plain = concatBytes(...pages);
    const group = this.#store.append(this.#data, 'pages', plain, concatBytes(...names));
    return numbers.map((page, slot) => ({
      key: pageKey(page),
      encode: (book) => encodePageEntry(book, { name: names[slot] as Uint8Array, group, slot }),
    }));
  }

  #fields({ mode = 0o644, mtimeNs, xattrs = [] }: Attributes): Fields {
    const inode = BigInt(1000 + this.tree.size);
    const changedNs = 1_767_225_600_123_456_789n + this.#day * DAY_NS + inode;
    const times = { mtimeNs: mtimeNs ?? changedNs, ctimeNs: changedNs };
    return { mode, uid: 1000, gid: 100, ...times, inode, xattrs };
  }

  #set(path: string | Uint8Array, entry: FileEntry, content: Uint8Array | null): void {
    this.tree.set(keyHex(path), { entry, content });
  }
}

/** What the vectors say of every path, in order of the keys. */
export function describeTree(tree: SnapshotTree): readonly object[] {
  const sorted = [...tree].sort(([a], [b]) => compareBytes(fromHex(a), fromHex(b)));
  return sorted.map(([key, { entry, content }]) => {
    const { kind, mode, uid, gid, mtimeNs, ctimeNs, inode, xattrs } = entry;
    const fields = {
      key,
      path: pathText(key),
      kind,
      mode,
      uid,
      gid,
      mtimeNs,
      ctimeNs,
      inode,
      xattrs,
    };
    if (entry.kind === 'link') return { ...fields, target: entry.target };
    if (content === null) return fields;
    return { ...fields, bytes: content.length, sha256: nodeCrypto.sha256(content) };
  });
}

/** A path as text, bytes that are no UTF-8 as `�`. */
function pathText(key: string): string {
  return new TextDecoder().decode(fromHex(key)).replaceAll('\0', '/');
}

function contentOf(places: readonly Place[], bytes?: number): Uint8Array {
  const end = Math.max(0, ...places.map(([at, plain]) => at + plain.length));
  const content = new Uint8Array(bytes ?? end);
  for (const [at, plain] of places) content.set(plain, at);
  return content;
}

function keyHex(path: string | Uint8Array): string {
  return toHex(typeof path === 'string' ? utf8(path.replaceAll('/', '\0')) : path);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
