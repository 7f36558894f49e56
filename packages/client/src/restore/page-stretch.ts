/**
 * The pages of a stretch of a database as placements, in two rounds.
 *
 * A database that was backed up day after day has its pages scattered: a group of neighbouring pages
 * has old ones among them that newer groups replace. The first round writes such a group in one
 * piece, old pages included, and the second the newer pages over them: one long write costs less
 * than many short ones.
 */
import { type Address, addressKey } from '@holdfast/core/backup-format';
import { DIRECT_MIN_BYTES } from '../platform/direct-io.ts';
import { type Placement, type PlacementSink, putAll } from './placement.ts';
import type { RestoreFile } from './restore-file.ts';

/** Most bytes of old pages next to each other that are written along. */
const PASSING_MAX_BYTES = 64 * 1024;
/** Groups of a stretch: more than this only very scattered databases have. */
const GROUPS_MAX = 64 * 1024;

/** What long runs, which are written first, write at the place of a page. */
const NOTHING = 0;
const THE_PAGE = 1;
const SOMETHING_OLD = 2;

export interface PageStretchOptions {
  readonly pageBytes: number;
  readonly file: RestoreFile;
  readonly firstPage: number;
  /** Most pages that are added. 15 bytes of memory are held for each, and 300 for each group. */
  readonly pageCount: number;
}

/** Pages of one group that follow each other in it as they do in the file. */
interface Run {
  readonly group: number;
  /** Ascending, and counted from the first page of the stretch, as everywhere here. */
  readonly pages: Uint32Array;
  /** Nothing of the group is wanted before it, or behind it. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

export class PageStretch {
  readonly #options: PageStretchOptions;
  readonly #groups: Address[] = [];
  readonly #groupNumbers = new Map<string, number>();
  readonly #groupOf: Uint32Array;
  readonly #slotOf: Uint16Array;
  readonly #written: Uint8Array;
  #count = 0;
  #last: { readonly group: Address; readonly number: number } | null = null;

  constructor(options: PageStretchOptions) {
    this.#options = options;
    this.#groupOf = new Uint32Array(options.pageCount);
    this.#slotOf = new Uint16Array(options.pageCount);
    this.#written = new Uint8Array(options.pageCount);
  }

  get isFull(): boolean {
    return this.#count === this.#options.pageCount || this.#groups.length >= GROUPS_MAX;
  }

  /** Adds the next page. */
  add(group: Address, slot: number): void {
    this.#groupOf[this.#count] = this.#number(group);
    this.#slotOf[this.#count] = slot;
    this.#count++;
  }

  async place(sink: PlacementSink): Promise<void> {
    const pages = this.#pagesByGroup();
    await putAll(sink, this.#longRuns(pages));
    const left = pages.filter((page) => this.#written[page] !== THE_PAGE);
    if (left.length === 0) return;
    if (left.length < pages.length) await sink.drain();
    await putAll(sink, this.#shortRuns(left));
  }

  /** What they write, no two of them write in the same place. */
  *#longRuns(pages: Uint32Array): Iterable<Placement> {
    const { pageBytes } = this.#options;
    for (const run of this.#runs(pages, PASSING_MAX_BYTES / pageBytes)) {
      if (run.pages.length * pageBytes < DIRECT_MIN_BYTES) continue;
      const first = run.pages[0] as number;
      const end = (run.pages.at(-1) as number) + 1;
      if (this.#written.subarray(first, end).some((what) => what !== NOTHING)) continue;
      const from = first - this.#oldPagesBefore(run);
      const to = end + this.#oldPagesBehind(run);
      this.#written.fill(SOMETHING_OLD, from, to);
      for (const page of run.pages) this.#written[page] = THE_PAGE;
      yield this.#placement(run, from, to);
    }
  }

  *#shortRuns(pages: Uint32Array): Iterable<Placement> {
    for (const run of this.#runs(pages, 0)) {
      yield this.#placement(run, run.pages[0] as number, (run.pages.at(-1) as number) + 1);
    }
  }

  /** How many pages at the beginning of a group were replaced since, and may be written along. */
  #oldPagesBefore({ pages, isFirst }: Run): number {
    const first = pages[0] as number;
    const most = isFirst ? Math.min(this.#slotOf[first] as number, this.#passingMax) : 0;
    let count = 0;
    while (count < most && this.#written[first - count - 1] === NOTHING) count++;
    return count;
  }

  #oldPagesBehind({ group, pages, isLast }: Run): number {
    const last = pages.at(-1) as number;
    const { plainBytes } = this.#groups[group] as Address;
    const slots = Math.floor(plainBytes / this.#options.pageBytes);
    const left = slots - 1 - (this.#slotOf[last] as number);
    const most = isLast ? Math.min(left, this.#passingMax, this.#count - 1 - last) : 0;
    let count = 0;
    while (count < most && this.#written[last + count + 1] === NOTHING) count++;
    return count;
  }

  get #passingMax(): number {
    return PASSING_MAX_BYTES / this.#options.pageBytes;
  }

  /** All pages, group by group, and ascending in each. */
  #pagesByGroup(): Uint32Array {
    const groupOf = this.#groupOf.subarray(0, this.#count);
    const places = new Uint32Array(this.#groups.length + 1);
    const take = (group: number): number => {
      const place = places[group] as number;
      places[group] = place + 1;
      return place;
    };
    for (const group of groupOf) take(group + 1);
    for (let group = 1; group < places.length; group++) {
      places[group] = (places[group] as number) + (places[group - 1] as number);
    }
    const sorted = new Uint32Array(this.#count);
    groupOf.forEach((group, page) => {
      sorted[take(group)] = page;
    });
    return sorted;
  }

  /**
   * Cuts sorted pages where they do not follow each other in the group as they do in the file.
   *
   * @param passing Most pages that may lie between two of a run.
   */
  *#runs(pages: Uint32Array, passing: number): Iterable<Run> {
    const groupAt = (i: number): number | undefined => this.#groupOf[pages[i] ?? -1];
    for (let from = 0, to = 1; from < pages.length; from = to++) {
      const group = groupAt(from) as number;
      while (groupAt(to) === group && this.#follows(pages, to, passing)) to++;
      const isFirst = groupAt(from - 1) !== group;
      const isLast = groupAt(to) !== group;
      yield { group, pages: pages.subarray(from, to), isFirst, isLast };
    }
  }

  #follows(pages: Uint32Array, at: number, passing: number): boolean {
    const before = pages[at - 1] as number;
    const page = pages[at] as number;
    const slots = (this.#slotOf[page] as number) - (this.#slotOf[before] as number);
    return page - before === slots && slots <= passing + 1;
  }

  #placement({ group, pages }: Run, from: number, to: number): Placement {
    const { pageBytes, firstPage, file } = this.#options;
    const first = pages[0] as number;
    return {
      address: this.#groups[group] as Address,
      file,
      fileOffset: (firstPage + from) * pageBytes,
      from: ((this.#slotOf[first] as number) - (first - from)) * pageBytes,
      lengthBytes: (to - from) * pageBytes,
      passingBytes: (to - from - pages.length) * pageBytes,
    };
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
