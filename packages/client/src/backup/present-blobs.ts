/**
 * Which blobs lie in packs that the store still has. What it has lost or cut short, though the index
 * names it, is stored again as far as the sources still have it: so a backup heals its store.
 */
import { type Address, type FileEntry, packBytes } from '@holdfast/core/backup-format';
import type { Backup } from '../repository/backup.ts';
import { PACK_PREFIX } from '../repository/object-names.ts';
import { SegmentMap } from '../repository/segment-map.ts';

export class PresentBlobs {
  readonly #segments = new SegmentMap();
  /** Packs that the index names and the store lacks: their names in hex digits. */
  readonly lost: ReadonlySet<string>;

  constructor(lost: ReadonlySet<string>) {
    this.lost = lost;
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
    const present = new PresentBlobs(lost);
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

  /**
   * Whether an unchanged path need not be looked at. While packs are lost, databases and long files
   * are read through, because their parts are listed elsewhere.
   */
  hasContent(entry: FileEntry): boolean {
    if (this.lost.size === 0 || entry.kind === 'folder' || entry.kind === 'link') return true;
    if (entry.kind === 'database' || entry.chunks.kind === 'table') return false;
    return entry.chunks.chunks.every(({ address }) => this.has(address));
  }
}
