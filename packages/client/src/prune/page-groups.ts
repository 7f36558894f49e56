/**
 * Groups of database pages, and which of their pages snapshots show.
 */
import { type Address, addressKey, type PageEntry } from '@holdfast/core/backup-format';

/** Where a page lies. */
export type PagePlace = Pick<PageEntry, 'group' | 'slot'>;

/** A group, and its pages that are shown. */
export class ShownPages {
  readonly group: Address;
  readonly pageBytes: number;
  /** A bit per slot. */
  readonly #shown: Uint8Array;
  #count = 0;

  constructor(group: Address, pageBytes: number) {
    this.group = group;
    this.pageBytes = pageBytes;
    this.#shown = new Uint8Array(Math.ceil(group.plainBytes / pageBytes / 8));
  }

  /** How many are shown. */
  get count(): number {
    return this.#count;
  }

  /** The part of the group that is not shown, from 0 to 1. */
  get hiddenFraction(): number {
    return 1 - (this.#count * this.pageBytes) / this.group.plainBytes;
  }

  /** Stored bytes that the hidden pages take, about. */
  get hiddenBytes(): number {
    return this.group.storedBytes * this.hiddenFraction;
  }

  add(slot: number): void {
    if (this.has(slot)) return;
    this.#shown[slot >>> 3] = (this.#shown[slot >>> 3] as number) | (1 << (slot & 7));
    this.#count++;
  }

  has(slot: number): boolean {
    return (((this.#shown[slot >>> 3] as number) >>> (slot & 7)) & 1) === 1;
  }

  /** In rising order. */
  *slots(): Iterable<number> {
    for (let slot = 0; slot < this.#shown.length * 8; slot++) if (this.has(slot)) yield slot;
  }
}

export class PageGroups {
  readonly #groups = new Map<string, ShownPages>();

  /** Counts a page as shown; any number of times. */
  add({ group, slot }: PagePlace, pageBytes: number): ShownPages {
    const key = groupKey(group, pageBytes);
    const pages = this.#groups.get(key) ?? new ShownPages(group, pageBytes);
    this.#groups.set(key, pages);
    pages.add(slot);
    return pages;
  }

  /** In the order in which they came. */
  all(): Iterable<ShownPages> {
    return this.#groups.values();
  }

  /** The groups with the most hidden, until the others hide no more than so many bytes. */
  chooseSparse(allowedBytes: number): ReadonlySet<ShownPages> {
    const sparse = [...this.all()].filter(({ hiddenBytes }) => hiddenBytes > 0);
    sparse.sort((a, b) => b.hiddenFraction - a.hiddenFraction);
    let hiddenBytes = sparse.reduce((sum, pages) => sum + pages.hiddenBytes, 0);
    const chosen = new Set<ShownPages>();
    for (const pages of sparse) {
      if (hiddenBytes <= allowedBytes) break;
      chosen.add(pages);
      hiddenBytes -= pages.hiddenBytes;
    }
    return chosen;
  }
}

/** Tells groups apart, and one group read with different lengths of pages. */
export function groupKey(group: Address, pageBytes: number): string {
  return `${addressKey(group)}/${pageBytes}`;
}
