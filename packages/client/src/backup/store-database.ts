/**
 * Storing a database page by page: what differs from the pages of the snapshot before.
 */
import {
  type Address,
  decodePageEntry,
  decodePageKey,
  encodePageEntry,
  PAGE_NAME_BYTES,
  pageKey,
  type Table,
} from '@holdfast/core/backup-format';
import type { PresentBlobs } from '../snapshots/present-blobs.ts';
import type { StableDatabase } from '../sqlite/stable-database.ts';
import { type ReadBlob, recodePages, TableBuilder, type WriteNode } from '../table/index.ts';
import type { ChunkIndex, KnownPage } from './chunk-index.ts';
import { OrderedQueue } from './ordered-queue.ts';
import { ParentTable } from './parent-table.ts';
import { splitNames } from './workers/chunk-tasks.ts';
import type { ChangedPages } from './workers/messages.ts';
import { NO_GROUP, PAGE_RUN_BYTES } from './workers/page-tasks.ts';
import type { TaskOutcome, WorkerPool } from './workers/worker-pool.ts';
import type { PoolWorker } from './workers/worker-thread.ts';

/** Runs of pages whose results may wait for one before them. */
const RUNS_HELD = 64;

export interface StoreDatabaseOptions {
  readonly pool: WorkerPool;
  readonly chunkIndex: ChunkIndex;
  /** Whether the bytes at an address are stored. */
  readonly isStored: (address: Address) => boolean;
  readonly present: PresentBlobs;
  readonly read: ReadBlob;
  readonly writeNode: WriteNode;
  /** Called when the list of pages that were stored can't be read in whole. */
  readonly noteBroken: () => void;
  /** Called with the length of each run of pages that was looked at. */
  readonly onRun: (bytes: number) => void;
}

/**
 * @param before Pages of the same database as the parent has them; empty when it has none, or had
 *   another page length.
 * @returns The pages as they are now.
 */
export async function storeDatabase(
  database: StableDatabase,
  before: Table,
  options: StoreDatabaseOptions,
): Promise<Table> {
  const { pool, chunkIndex, read, writeNode, noteBroken } = options;
  const { fd, bytes, pageBytes } = database;
  const pageCount = bytes / pageBytes;
  const layer = new PageLayerWriter(options);
  const queue = new OrderedQueue<TaskOutcome<{ readonly changed: ChangedPages }>>(
    RUNS_HELD,
    ({ result, worker }) => layer.add(result.changed, worker),
  );
  const parentTable = new ParentTable(read, before);
  const namesBefore = new ParentPageNames(parentTable, pageBytes, options.present);
  // The first time there is much to do and somebody waits; later little, and it is sent.
  const effort = before.length === 0 ? 'fast' : 'thorough';
  const isResuming = chunkIndex.hasPages();
  const runPages = Math.max(1, Math.floor(PAGE_RUN_BYTES / pageBytes));
  try {
    for (let firstPage = 0; firstPage < pageCount; firstPage += runPages) {
      const count = Math.min(runPages, pageCount - firstPage);
      const parentNames = await namesBefore.next(firstPage, count);
      await pool.room();
      const task = {
        type: 'pages',
        fd,
        pageBytes,
        firstPage,
        pageCount: count,
        parentNames,
        effort,
      } as const;
      const ran = pool.run({ ...task, ask: isResuming }, (names) => layer.wanted(names));
      ran.then(
        () => options.onRun(count * pageBytes),
        () => undefined,
      );
      // The run at the head may wait for a group that only more pages, or this, would fill.
      if (queue.length >= RUNS_HELD - 1) await pool.flush();
      await queue.add(ran);
    }
    await pool.idle();
    await pool.flush();
    await queue.drain();
  } finally {
    // Nobody may read from the descriptor any more when its owner closes it.
    await pool.idle();
  }
  const newest = await layer.finish();
  await parentTable.finish();
  if (!parentTable.isWhole) noteBroken();
  if (newest === null && parentTable.isWhole) return before;
  const carried = await parentTable.carryOver(writeNode, recodePages(pageBytes, pageCount));
  return newest === null ? carried : [...carried, newest];
}

/** Names of the pages that the parent has, as far as they are present, run after run. */
class ParentPageNames {
  readonly #table: ParentTable;
  readonly #pageBytes: number;
  readonly #present: PresentBlobs;

  constructor(table: ParentTable, pageBytes: number, present: PresentBlobs) {
    this.#table = table;
    this.#pageBytes = pageBytes;
    this.#present = present;
  }

  /** 16 bytes per page; zeros for a page that it lacks. */
  async next(firstPage: number, count: number): Promise<Uint8Array> {
    const names = new Uint8Array(count * PAGE_NAME_BYTES);
    while (await this.#table.fill()) {
      for (let entry = this.#table.peek(); entry !== undefined; entry = this.#table.peek()) {
        const page = decodePageKey(entry.key);
        if (page >= firstPage + count) return names;
        const { name, group } = decodePageEntry(entry.addresses, entry.value, this.#pageBytes);
        if (this.#present.lost.size === 0 || this.#present.has(group)) {
          names.set(name, (page - firstPage) * PAGE_NAME_BYTES);
        }
        this.#table.skip();
      }
    }
    return names;
  }
}

/** Writes the layer of pages that have changed. */
class PageLayerWriter {
  readonly #options: StoreDatabaseOptions;
  readonly #builder: TableBuilder;

  constructor(options: StoreDatabaseOptions) {
    this.#options = options;
    this.#builder = new TableBuilder(options.writeNode);
  }

  /** Which pages have to be stored: not those that an interrupted backup did store. */
  wanted(names: Uint8Array): Uint8Array {
    const split = splitNames(names, PAGE_NAME_BYTES);
    return Uint8Array.from(split, (name) => (this.#stored(name) === null ? 1 : 0));
  }

  async add({ pages, names, groups, slots }: ChangedPages, worker: PoolWorker): Promise<void> {
    const addresses = new Map<number, Address>();
    for (const number of new Set(groups)) {
      if (number !== NO_GROUP) addresses.set(number, await worker.group(number));
    }
    for (let i = 0; i < pages.length; i++) {
      const name = names.slice(i * PAGE_NAME_BYTES, (i + 1) * PAGE_NAME_BYTES);
      const group = addresses.get(groups[i] as number);
      const place =
        group === undefined ? this.#storedBefore(name) : { group, slot: slots[i] as number };
      const written = this.#builder.add(pageKey(pages[i] as number), (book) =>
        encodePageEntry(book, { name, ...place }),
      );
      if (written !== undefined) await written;
    }
  }

  finish() {
    return this.#builder.finish();
  }

  #storedBefore(name: Uint8Array): KnownPage {
    const stored = this.#stored(name);
    if (stored === null) throw new TypeError('"name" must be of a page that is stored');
    return stored;
  }

  #stored(name: Uint8Array): KnownPage | null {
    const page = this.#options.chunkIndex.findPage(name);
    return page !== null && this.#options.isStored(page.group) ? page : null;
  }
}
