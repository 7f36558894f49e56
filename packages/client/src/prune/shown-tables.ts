/**
 * What the snapshots of a catalog show, and which layers of their tables hold more than that.
 *
 * A table is a stack of layers, and what a newer layer hides stays in the older one, with all the
 * blobs it names. Once the snapshots that showed it are forgotten, it only costs room.
 */
import {
  type Address,
  addressKey,
  decodeFileEntry,
  decodePageEntry,
  pageKey,
  type Table,
} from '@holdfast/core/backup-format';
import { StreamRanges } from '../repository/stream-ranges.ts';
import { readSnapshots, type Snapshot } from '../snapshots/list-snapshots.ts';
import type { ReadBlob } from '../table/index.ts';
import { LayerStacks } from './layer-stacks.ts';
import { findLiveBlobs } from './live-blobs.ts';
import { PageGroups, type ShownPages } from './page-groups.ts';

type Signal = AbortSignal | undefined;

/** Layers go by the key of their root's address. */
export class ShownTables {
  readonly read: ReadBlob;
  readonly snapshots: readonly Snapshot[];
  readonly files = new LayerStacks();
  readonly pages = new LayerStacks();
  /** Chunks that are shown, and the nodes of lists of chunks. */
  readonly chunks = new StreamRanges();
  /** Groups of which pages are shown. */
  readonly groups = new PageGroups();
  /** Layers with entries that are hidden for good. */
  readonly stale = new Set<string>();
  /** Per layer of files, the layers of pages that its entries that are shown refer to. */
  readonly pagesOf = new Map<string, ReadonlySet<string>>();
  /** Per layer of pages, the groups that its entries that are shown refer to. */
  readonly groupsOf = new Map<string, ReadonlySet<ShownPages>>();
  /** Per layer of pages, the length of a page. */
  readonly pageBytes = new Map<string, number>();

  /** Use `look`. */
  constructor(read: ReadBlob, snapshots: readonly Snapshot[]) {
    this.read = read;
    this.snapshots = snapshots;
  }

  /** Looks at all entries of the file tables and page tables. */
  static async look(read: ReadBlob, catalog: Table, signal: Signal): Promise<ShownTables> {
    const shown = new ShownTables(read, await readSnapshots(read, catalog));
    for (const { files } of shown.snapshots) shown.files.add(files, null);
    for (const key of shown.files.layers.keys()) await shown.#lookAtFiles(key, signal);
    for (const key of shown.pages.layers.keys()) await shown.#lookAtPages(key);
    return shown;
  }

  async #lookAtFiles(key: string, signal: Signal): Promise<void> {
    const pages = new Set<string>();
    this.pagesOf.set(key, pages);
    const chunkTables: Address[] = [];
    await this.files.visit(this.read, key, (row, isShown) => {
      if (row.value.length === 0) return undefined;
      if (!isShown) {
        this.stale.add(key);
        return undefined;
      }
      const entry = decodeFileEntry(row.addresses, row.value);
      if (entry.kind === 'database') {
        this.pages.add(entry.pages, pageKey(entry.bytes / entry.pageBytes));
        for (const { root } of entry.pages) {
          pages.add(addressKey(root));
          this.pageBytes.set(addressKey(root), entry.pageBytes);
        }
      } else if (entry.kind === 'file' && entry.chunks.kind === 'inline') {
        for (const { address } of entry.chunks.chunks) {
          this.chunks.add(address.stream, address.offset, address.storedBytes);
        }
      } else if (entry.kind === 'file' && entry.chunks.kind === 'table') {
        for (const { root } of entry.chunks.table) chunkTables.push(root);
      }
      return undefined;
    });
    await findLiveBlobs(chunkTables, { read: this.read, live: this.chunks, signal });
  }

  async #lookAtPages(key: string): Promise<void> {
    const pageBytes = this.pageBytes.get(key) as number;
    const groups = new Set<ShownPages>();
    this.groupsOf.set(key, groups);
    await this.pages.visit(this.read, key, ({ addresses, value }, isShown) => {
      if (value.length === 0) return undefined;
      if (isShown) {
        groups.add(this.groups.add(decodePageEntry(addresses, value, pageBytes), pageBytes));
      } else this.stale.add(key);
      return undefined;
    });
  }
}
