/**
 * Taking entries out of tables that no snapshot shows any more.
 *
 * A table is a stack of layers, and what a newer layer hides stays in the older one, with all the
 * blobs it names. Once the snapshots that showed it are forgotten, it only costs room.
 */
import {
  type Address,
  addressKey,
  decodeFileEntry,
  decodePageEntry,
  encodeFileEntry,
  encodePageEntry,
  encodeSnapshotEntry,
  type FileEntry,
  pageKey,
  snapshotKey,
  type Table,
  type TableLayer,
} from '@holdfast/core/backup-format';
import type { Snapshot } from '../snapshots/list-snapshots.ts';
import {
  type CursorEntry,
  type ReadBlob,
  TableBuilder,
  TOMBSTONE,
  type WriteNode,
} from '../table/index.ts';
import { LayerStacks } from './layer-stacks.ts';
import { findLiveBlobs } from './live-blobs.ts';
import { StreamRanges } from './stream-ranges.ts';

export class TableTrim {
  /** Chunks and groups of pages that snapshots show, and the nodes of lists of chunks. */
  readonly shown = new StreamRanges();
  readonly #read: ReadBlob;
  readonly #signal: AbortSignal | undefined;
  readonly #snapshots: readonly Snapshot[];
  readonly #files = new LayerStacks();
  readonly #pages = new LayerStacks();
  readonly #pageBytes = new Map<string, number>();
  /** Layers with entries that are hidden for good. */
  readonly #stale = new Set<string>();
  /** File layers, and the layers of pages that their visible entries refer to. */
  readonly #pagesOf = new Map<string, Set<string>>();
  /** New layers by the key of the old; null where nothing is left. */
  readonly #replaced = new Map<string, TableLayer | null>();

  /** Use `look`. */
  constructor(read: ReadBlob, snapshots: readonly Snapshot[], signal: AbortSignal | undefined) {
    this.#read = read;
    this.#snapshots = snapshots;
    this.#signal = signal;
  }

  /** Looks at all entries of the file tables and page tables of these snapshots. */
  static async look(
    read: ReadBlob,
    snapshots: readonly Snapshot[],
    signal: AbortSignal | undefined,
  ): Promise<TableTrim> {
    const trim = new TableTrim(read, snapshots, signal);
    for (const { files } of snapshots) trim.#files.add(files, null);
    for (const key of trim.#files.layers.keys()) await trim.#lookAtFiles(key);
    for (const key of trim.#pages.layers.keys()) await trim.#lookAtPages(key);
    return trim;
  }

  /** @returns The catalog of the same snapshots, with nothing in their tables that none shows. */
  async write(writeNode: WriteNode): Promise<Table> {
    for (const key of this.#pages.layers.keys()) {
      if (this.#stale.has(key)) await this.#replace(this.#pages, key, writeNode);
    }
    for (const key of this.#files.layers.keys()) {
      const pages = this.#pagesOf.get(key) ?? new Set();
      if (this.#stale.has(key) || !pages.isDisjointFrom(this.#stale)) {
        await this.#replace(this.#files, key, writeNode);
      }
    }
    const builder = new TableBuilder(writeNode);
    for (const snapshot of this.#snapshots) {
      const entry = { ...snapshot, files: this.#newTable(snapshot.files) };
      await builder.add(snapshotKey(snapshot.number), (book) => encodeSnapshotEntry(book, entry));
    }
    const layer = await builder.finish();
    return layer === null ? [] : [layer];
  }

  async #lookAtFiles(key: string): Promise<void> {
    const pages = new Set<string>();
    this.#pagesOf.set(key, pages);
    const chunkTables: Address[] = [];
    await this.#files.visit(this.#read, key, (row, isVisible) => {
      if (row.value.length === 0) return undefined;
      if (!isVisible) {
        this.#stale.add(key);
        return undefined;
      }
      const entry = decodeFileEntry(row.addresses, row.value);
      if (entry.kind === 'database') {
        this.#pages.add(entry.pages, pageKey(entry.bytes / entry.pageBytes));
        for (const { root } of entry.pages) {
          pages.add(addressKey(root));
          this.#pageBytes.set(addressKey(root), entry.pageBytes);
        }
      } else if (entry.kind === 'file' && entry.chunks.kind === 'inline') {
        for (const { address } of entry.chunks.chunks) this.#show(address);
      } else if (entry.kind === 'file' && entry.chunks.kind === 'table') {
        for (const { root } of entry.chunks.table) chunkTables.push(root);
      }
      return undefined;
    });
    const options = { read: this.#read, live: this.shown, signal: this.#signal };
    await findLiveBlobs(chunkTables, options);
  }

  async #lookAtPages(key: string): Promise<void> {
    const pageBytes = this.#pageBytes.get(key) as number;
    await this.#pages.visit(this.#read, key, ({ addresses, value }, isVisible) => {
      if (value.length === 0) return undefined;
      if (isVisible) this.#show(decodePageEntry(addresses, value, pageBytes).group);
      else this.#stale.add(key);
      return undefined;
    });
  }

  #show({ stream, offset, storedBytes }: Address): void {
    this.shown.add(stream, offset, storedBytes);
  }

  /** Writes a layer anew. Tombstones stay: they hide what may be visible in another table. */
  async #replace(stacks: LayerStacks, key: string, writeNode: WriteNode): Promise<void> {
    const builder = new TableBuilder(writeNode);
    await stacks.visit(this.#read, key, (row, isVisible) => {
      if (row.value.length === 0) return builder.add(row.key, () => TOMBSTONE);
      if (!isVisible) return undefined;
      return stacks === this.#files
        ? this.#addFile(builder, row)
        : this.#addPage(builder, row, this.#pageBytes.get(key) as number);
    });
    this.#replaced.set(key, await builder.finish());
  }

  #addFile(builder: TableBuilder, { key, addresses, value }: CursorEntry) {
    const old = decodeFileEntry(addresses, value);
    const entry: FileEntry =
      old.kind === 'database' ? { ...old, pages: this.#newTable(old.pages) } : old;
    return builder.add(key, (book) => encodeFileEntry(book, entry));
  }

  #addPage(builder: TableBuilder, { key, addresses, value }: CursorEntry, pageBytes: number) {
    const entry = decodePageEntry(addresses, value, pageBytes);
    return builder.add(key, (book) => encodePageEntry(book, entry));
  }

  #newTable(table: Table): Table {
    return table.flatMap((layer) => {
      const replaced = this.#replaced.get(addressKey(layer.root));
      return replaced === undefined ? [layer] : replaced === null ? [] : [replaced];
    });
  }
}
