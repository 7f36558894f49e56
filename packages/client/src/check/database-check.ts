/**
 * Page tables of databases: every page of every version is there, in a group that is there.
 *
 * Versions share most of their layers. A layer is walked once; what it is remembered by is which
 * pages it has, and what is wrong with them.
 */
import {
  addressKey,
  decodePageEntry,
  decodePageKey,
  type FileEntry,
  type Table,
  type TableLayer,
} from '@holdfast/core/backup-format';
import { asDamage } from '../damage.ts';
import type { ReadBlob } from '../table/index.ts';
import { type Blame, renewRemedy } from './blame.ts';
import type { BlobCheck } from './blob-check.ts';
import { Suspicion, type Suspicions } from './finding.ts';
import {
  hasPage,
  missingPages,
  NO_PAGES,
  type PageRanges,
  PageRangesWriter,
  unitePages,
} from './page-ranges.ts';
import { walkLayer } from './walk-layer.ts';

/** Page sets of layers that are kept; a layer that is needed again after that is walked again. */
const RANGES_MAX_BYTES = 24 * 1024 * 1024;

type DatabaseEntry = Extract<FileEntry, { kind: 'database' }>;

/** What is wrong in a layer. */
interface LayerFaults {
  readonly pages: { readonly page: number; readonly suspicion: Suspicion }[];
  /** From nodes that can't be read: pages `from` to before `to` are not known. */
  readonly gaps: { readonly from: number; readonly to: number; readonly suspicion: Suspicion }[];
}

export interface TableCheckOptions {
  readonly read: ReadBlob;
  readonly blobs: BlobCheck;
  readonly blame: Blame;
  readonly suspicions: Suspicions;
  readonly signal?: AbortSignal | undefined;
}

export class DatabaseCheck {
  readonly #options: TableCheckOptions;
  readonly #faults = new Map<string, LayerFaults>();
  readonly #ranges = new Map<string, PageRanges>();
  readonly #verdicts = new Map<string, ReadonlySet<Suspicion>>();
  #rangesBytes = 0;

  constructor(options: TableCheckOptions) {
    this.#options = options;
  }

  /** What stands against a version of a database. */
  async check(entry: DatabaseEntry): Promise<ReadonlySet<Suspicion>> {
    const { pages, pageBytes } = entry;
    const pageCount = entry.bytes / pageBytes;
    const key = `${pageCount} ${tableKey(pages, pageBytes)}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = await this.#judge(pages, pageBytes, pageCount);
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  async #judge(table: Table, pageBytes: number, pageCount: number): Promise<Set<Suspicion>> {
    const against = new Set<Suspicion>();
    let hasGaps = false;
    for (const [i, layer] of table.entries()) {
      const { pages, gaps } = await this.#layerFaults(layer, pageBytes);
      for (const { page, suspicion } of pages) {
        if (page >= pageCount || against.has(suspicion)) continue;
        if (!(await this.#isIn(table.slice(i + 1), page, pageBytes))) against.add(suspicion);
      }
      for (const { from, suspicion } of gaps) {
        hasGaps = true;
        if (from < pageCount) against.add(suspicion);
      }
    }
    const missing = missingPages(await this.#coverage(table, pageBytes), pageCount);
    if (missing > 0 && !hasGaps) against.add(this.#incomplete(table, pageBytes));
    return against;
  }

  /** Whether newer layers have the page, so that what older ones say of it does not matter. */
  async #isIn(newer: Table, page: number, pageBytes: number): Promise<boolean> {
    for (const layer of newer) {
      if (hasPage(await this.#layerRanges(layer, pageBytes), page)) return true;
    }
    return false;
  }

  /** Pages of a table: those of all layers but the newest are mostly known from versions before. */
  async #coverage(table: Table, pageBytes: number): Promise<PageRanges> {
    const newest = table.at(-1);
    if (newest === undefined) return NO_PAGES;
    if (table.length === 1) return await this.#layerRanges(newest, pageBytes);
    const key = tableKey(table, pageBytes);
    const known = this.#ranges.get(key);
    if (known !== undefined) return known;
    const older = await this.#coverage(table.slice(0, -1), pageBytes);
    const united = unitePages(older, await this.#layerRanges(newest, pageBytes));
    this.#keep(key, united);
    return united;
  }

  async #layerFaults(layer: TableLayer, pageBytes: number): Promise<LayerFaults> {
    const key = tableKey([layer], pageBytes);
    if (!this.#faults.has(key)) await this.#walk(layer, pageBytes);
    return this.#faults.get(key) as LayerFaults;
  }

  async #layerRanges(layer: TableLayer, pageBytes: number): Promise<PageRanges> {
    return this.#ranges.get(tableKey([layer], pageBytes)) ?? (await this.#walk(layer, pageBytes));
  }

  async #walk(layer: TableLayer, pageBytes: number): Promise<PageRanges> {
    const { read, blobs, blame, signal } = this.#options;
    const ranges = new PageRangesWriter();
    const faults: LayerFaults = { pages: [], gaps: [] };
    await walkLayer(
      read,
      layer,
      {
        leaf: (node) => {
          blobs.begin(node);
          for (const { key, value } of node.entries) {
            const page = decodePageKey(key);
            ranges.add(page);
            let suspicion: Suspicion | null;
            try {
              const { name, group, slot } = decodePageEntry(node.addresses, value, pageBytes);
              suspicion = blobs.against(group, slot, name);
            } catch (error) {
              asDamage(error);
              suspicion = this.#senseless(layer, page);
            }
            if (suspicion !== null) faults.pages.push({ page, suspicion });
          }
        },
        broken: ({ from, to }, address, error) => {
          faults.gaps.push({
            from: from === null ? 0 : decodePageKey(from),
            to: to === null ? Number.POSITIVE_INFINITY : decodePageKey(to),
            suspicion: blame.ofError(address, error),
          });
        },
      },
      signal,
    );
    const key = tableKey([layer], pageBytes);
    if (!this.#faults.has(key)) this.#faults.set(key, faults);
    const pages = ranges.finish();
    this.#keep(key, pages);
    return pages;
  }

  #keep(key: string, ranges: PageRanges): void {
    this.#ranges.set(key, ranges);
    this.#rangesBytes += ranges.byteLength;
    for (const [oldest, old] of this.#ranges) {
      if (this.#rangesBytes <= RANGES_MAX_BYTES) break;
      this.#ranges.delete(oldest);
      this.#rangesBytes -= old.byteLength;
    }
  }

  #incomplete(table: Table, pageBytes: number): Suspicion {
    const what = (count: number): string =>
      count === 1 ? 'A database lacks pages' : `${count} versions of databases lack pages`;
    return this.#options.suspicions
      .get('pages missing', () => new Suspicion('damage', what, renewRemedy))
      .count(tableKey(table, pageBytes));
  }

  #senseless(layer: TableLayer, page: number): Suspicion {
    const what = (count: number): string =>
      `${count === 1 ? 'An entry' : `${count} entries`} of a database's page table can not be read`;
    return this.#options.suspicions
      .get('page entries', () => new Suspicion('damage', what, renewRemedy))
      .count(`${addressKey(layer.root)} ${page}`);
  }
}

/** A text that is the same for the same layers and page length only. */
function tableKey(table: Table, pageBytes: number): string {
  return [pageBytes, ...table.map(({ root }) => addressKey(root))].join(' ');
}
