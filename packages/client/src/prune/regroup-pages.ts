/**
 * Moving pages out of groups of which little is shown into new groups, one after another.
 */
import { type Address, PAGE_GROUP_MAX_BYTES } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import type { ReadBlob } from '../table/index.ts';
import { groupKey, type PagePlace, type ShownPages } from './page-groups.ts';

/** Groups read at a time. */
const READS_AT_ONCE = 8;

/** Stores a group. @param plain Whole pages; may be changed once this has answered. */
export type WriteGroup = (plain: Uint8Array, pageBytes: number) => Promise<Address>;

/** Pages of one length that were moved, one behind the other. */
interface Run {
  readonly pagesPerGroup: number;
  readonly groups: Address[];
}

interface Moved {
  readonly pages: ShownPages;
  readonly run: Run;
  /** Of the first of the pages, counted in pages of the run. */
  readonly position: number;
}

/** Where moved pages lie now. Takes the memory of a few words per group, not per page. */
export class MovedPages {
  readonly #moved = new Map<string, Moved>();

  /** Whether no page was moved. */
  get isEmpty(): boolean {
    return this.#moved.size === 0;
  }

  /** Whether pages of this group were moved. */
  has({ group, pageBytes }: ShownPages): boolean {
    return this.#moved.has(groupKey(group, pageBytes));
  }

  /** The new place of a page; the same when it was not moved. */
  placeOf(place: PagePlace, pageBytes: number): PagePlace {
    const moved = this.#moved.get(groupKey(place.group, pageBytes));
    if (moved === undefined || !moved.pages.has(place.slot)) return place;
    const { pages, run } = moved;
    let { position } = moved;
    for (let slot = 0; slot < place.slot; slot++) if (pages.has(slot)) position++;
    const group = run.groups[Math.floor(position / run.pagesPerGroup)] as Address;
    return { group, slot: position % run.pagesPerGroup };
  }

  /**
   * Writes the shown pages of all these groups. Those of a damaged or lost group stay where they are.
   */
  async write(
    groups: Iterable<ShownPages>,
    { read, writeGroup }: { readonly read: ReadBlob; readonly writeGroup: WriteGroup },
  ): Promise<void> {
    for (const [pageBytes, alike] of Map.groupBy(groups, (pages) => pages.pageBytes)) {
      const pagesPerGroup = Math.floor(PAGE_GROUP_MAX_BYTES / pageBytes);
      const run: Run = { pagesPerGroup, groups: [] };
      const plain = new Uint8Array(pagesPerGroup * pageBytes);
      let position = 0;
      const flush = async (): Promise<void> => {
        const rest = position % pagesPerGroup || pagesPerGroup;
        run.groups.push(await writeGroup(plain.subarray(0, rest * pageBytes), pageBytes));
      };
      for (let from = 0; from < alike.length; from += READS_AT_ONCE) {
        const batch = alike.slice(from, from + READS_AT_ONCE);
        const contents = await Promise.all(batch.map(({ group }) => readOrNull(read, group)));
        for (const [i, pages] of batch.entries()) {
          const content = contents[i];
          if (content == null) continue;
          this.#moved.set(groupKey(pages.group, pageBytes), { pages, run, position });
          for (const slot of pages.slots()) {
            const page = content.subarray(slot * pageBytes, (slot + 1) * pageBytes);
            plain.set(page, (position % pagesPerGroup) * pageBytes);
            position++;
            if (position % pagesPerGroup === 0) await flush();
          }
        }
      }
      if (position % pagesPerGroup > 0) await flush();
    }
  }
}

async function readOrNull(read: ReadBlob, group: Address): Promise<Uint8Array | null> {
  try {
    return await read(group);
  } catch (error) {
    const code = error instanceof HoldfastError ? error.code : null;
    if (code === 'damaged' || code === 'object-missing') return null;
    throw error;
  }
}
