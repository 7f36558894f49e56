/**
 * The content of a file as placements: chunks of a plain file, pages of a database.
 */
import {
  type Address,
  addressKey,
  decodePageEntry,
  decodePageKey,
  type FileEntry,
} from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import { type ReadBlob, TableCursor } from '../table/index.ts';
import { fileChunks } from './file-chunks.ts';
import type { Placement } from './placements.ts';
import type { RestoreFile } from './restore-file.ts';

/**
 * Pages whose places are held in memory together: about 30 bytes each. A group whose pages lie farther
 * apart is opened once for each such window.
 */
const WINDOW_PAGES = 1024 * 1024;
/** Placements handed on at a time. */
const BATCH = 4096;

/** Takes placements; may wait until they are written. */
export type TakePlacements = (placements: readonly Placement[]) => Promise<void>;

/** @throws {HoldfastError} `damaged` when the tables of the file are. */
export async function placeContent(
  read: ReadBlob,
  entry: Extract<FileEntry, { kind: 'file' | 'database' }>,
  file: RestoreFile,
  take: TakePlacements,
): Promise<void> {
  if (entry.kind === 'database') {
    const { pages, pageBytes } = entry;
    const pageCount = entry.bytes / pageBytes;
    await placePages(new TableCursor(read, pages), { pageBytes, pageCount, file, take });
  } else {
    let batch: Placement[] = [];
    for await (const chunk of fileChunks(read, entry)) {
      batch.push(placeChunk(chunk, file));
      if (batch.length >= BATCH) {
        await take(batch);
        batch = [];
      }
    }
    await take(batch);
  }
}

function placeChunk(
  { fileOffset, address }: { readonly fileOffset: number; readonly address: Address },
  file: RestoreFile,
): Placement {
  return { address, file, fileOffset, from: 0, lengthBytes: address.plainBytes };
}

interface PagesOptions {
  readonly pageBytes: number;
  readonly pageCount: number;
  readonly file: RestoreFile;
  readonly take: TakePlacements;
}

async function placePages(cursor: TableCursor, options: PagesOptions): Promise<void> {
  let window = new PageWindow(options);
  let expected = 0;
  while (await cursor.fill()) {
    for (let row = cursor.peek(); row !== undefined; row = cursor.peek()) {
      const page = decodePageKey(row.key);
      cursor.skip();
      if (page >= options.pageCount) continue;
      if (page !== expected++) throw doesNotFit();
      const { group, slot } = decodePageEntry(row.addresses, row.value, options.pageBytes);
      window.add(page, group, slot);
      if (window.isFull) break;
    }
    if (window.isFull) {
      await window.place();
      window = new PageWindow(options);
    }
  }
  await window.place();
  if (expected !== options.pageCount) throw doesNotFit();
}

/** Pages of one stretch of a database, to be written group by group. */
class PageWindow {
  readonly #options: PagesOptions;
  readonly #groups: Address[] = [];
  readonly #groupNumbers = new Map<string, number>();
  readonly #pages: number[] = [];
  readonly #groupOfPage: number[] = [];
  readonly #slotOfPage: number[] = [];
  #last: { readonly group: Address; readonly number: number } | null = null;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#pages.length >= WINDOW_PAGES;
  }

  add(page: number, group: Address, slot: number): void {
    this.#pages.push(page);
    this.#groupOfPage.push(this.#number(group));
    this.#slotOfPage.push(slot);
  }

  async place(): Promise<void> {
    const { pageBytes, file, take } = this.#options;
    const order = Uint32Array.from(this.#pages.keys());
    const groupOf = this.#groupOfPage;
    order.sort((a, b) => (groupOf[a] as number) - (groupOf[b] as number) || a - b);
    let batch: Placement[] = [];
    let last: Stretch | null = null;
    for (const i of order) {
      const group = groupOf[i] as number;
      const slot = this.#slotOfPage[i] as number;
      const page = this.#pages[i] as number;
      // Neighbours in the group that are neighbours in the file are one stretch.
      if (
        last !== null &&
        last.group === group &&
        last.slot + 1 === slot &&
        last.page + 1 === page
      ) {
        last.placement.lengthBytes += pageBytes;
        last = { group, slot, page, placement: last.placement };
        continue;
      }
      if (batch.length >= BATCH && last?.group !== group) {
        await take(batch);
        batch = [];
      }
      const placement: Mutable<Placement> = {
        address: this.#groups[group] as Address,
        file,
        fileOffset: page * pageBytes,
        from: slot * pageBytes,
        lengthBytes: pageBytes,
      };
      batch.push(placement);
      last = { group, slot, page, placement };
    }
    await take(batch);
  }

  #number(group: Address): number {
    if (this.#last?.group === group) return this.#last.number;
    const key = addressKey(group);
    let number = this.#groupNumbers.get(key);
    if (number === undefined) {
      number = this.#groups.push(group) - 1;
      this.#groupNumbers.set(key, number);
    }
    this.#last = { group, number };
    return number;
  }
}

/** A run of pages that lie together in their group and in the file. */
interface Stretch {
  readonly group: number;
  readonly slot: number;
  readonly page: number;
  readonly placement: Mutable<Placement>;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

function doesNotFit(): HoldfastError {
  return new HoldfastError('damaged', 'Cannot restore a file: its list of parts is not complete');
}
