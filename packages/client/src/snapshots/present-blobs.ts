/**
 * Which blobs lie in packs that a new snapshot may rely on. What the store has lost or cut short,
 * though the index names it, and what this device has found damaged, is stored again as far as the
 * sources still have it: so a backup heals its store.
 */
import {
  type Address,
  decodeChunkEntry,
  decodePageEntry,
  decodePageKey,
  type FileEntry,
  packBytes,
} from '@holdfast/core/backup-format';
import { isDamage } from '../damage.ts';
import type { Backup } from '../repository/backup.ts';
import { PACK_PREFIX } from '../repository/object-names.ts';
import { SegmentMap } from '../repository/segment-map.ts';
import { type ReadBlob, TableCursor } from '../table/index.ts';

export class PresentBlobs {
  readonly #segments = new SegmentMap();
  readonly #read: ReadBlob;
  /** Packs that the index names, and that the store lacks or has damaged: their names in hex digits. */
  readonly lost: ReadonlySet<string>;

  constructor(lost: ReadonlySet<string>, read: ReadBlob) {
    this.lost = lost;
    this.#read = read;
  }

  /** Lists the packs of a store and compares with the newest state's index. */
  static async find(backup: Backup, signal: AbortSignal | undefined): Promise<PresentBlobs> {
    const { segments } = backup.state;
    const lost = new Set(segments.packs.keys());
    for await (const { name, lengthBytes } of backup.store.list(PACK_PREFIX, { signal })) {
      const hex = name.slice(name.lastIndexOf('/') + 1);
      const pack = segments.packs.get(hex);
      if (pack !== undefined && packBytes(pack.k) === lengthBytes) lost.delete(hex);
    }
    for (const hex of await backup.device.damagedPacks()) {
      if (segments.packs.has(hex)) lost.add(hex);
    }
    const present = new PresentBlobs(lost, backup.reader(signal).read);
    for (const segment of segments.segments()) {
      if (!lost.has(Buffer.from(segment.pack.name).toString('hex'))) present.add(segment);
    }
    return present;
  }

  add(segment: Parameters<SegmentMap['add']>[0]): void {
    this.#segments.add(segment);
  }

  has({ stream, offset, storedBytes }: Address): boolean {
    return this.#segments.covers(stream, offset, storedBytes);
  }

  /** Whether all that an entry stands for is there, so that an unchanged path need not be looked at. */
  async hasContent(entry: FileEntry): Promise<boolean> {
    if (this.lost.size === 0 || entry.kind === 'folder' || entry.kind === 'link') return true;
    if (entry.kind === 'file' && entry.chunks.kind === 'inline') {
      return entry.chunks.chunks.every(({ address }) => this.has(address));
    }
    try {
      for await (const address of this.#listed(entry)) if (!this.has(address)) return false;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return false;
    }
    return true;
  }

  /** What the tables of a long file or of a database name. */
  async *#listed(entry: Extract<FileEntry, { kind: 'file' | 'database' }>): AsyncIterable<Address> {
    const table =
      entry.kind === 'database'
        ? entry.pages
        : entry.chunks.kind === 'table'
          ? entry.chunks.table
          : [];
    const cursor = new TableCursor(this.#read, table);
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
      if (entry.kind === 'file') {
        yield decodeChunkEntry(row.addresses, row.key, row.value).address;
      } else if (decodePageKey(row.key) * entry.pageBytes < entry.bytes) {
        yield decodePageEntry(row.addresses, row.value, entry.pageBytes).group;
      }
    }
  }
}
