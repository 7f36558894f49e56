/** Sets of page numbers as sorted ranges: `from, to, from, to, …`, each to before its end. */

export type PageRanges = Uint32Array;

export const NO_PAGES: PageRanges = new Uint32Array(0);

/** Gathers pages in rising order. */
export class PageRangesWriter {
  readonly #ranges: number[] = [];

  /** @param page Greater than every page before. */
  add(page: number): void {
    const last = this.#ranges.length - 1;
    if (last > 0 && this.#ranges[last] === page) this.#ranges[last] = page + 1;
    else this.#ranges.push(page, page + 1);
  }

  finish(): PageRanges {
    return Uint32Array.from(this.#ranges);
  }
}

export function unitePages(a: PageRanges, b: PageRanges): PageRanges {
  const united: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const takesA = j >= b.length || (i < a.length && (a[i] as number) <= (b[j] as number));
    const from = (takesA ? a[i] : b[j]) as number;
    const to = (takesA ? a[i + 1] : b[j + 1]) as number;
    if (takesA) i += 2;
    else j += 2;
    const last = united.length - 1;
    if (last > 0 && from <= (united[last] as number)) {
      united[last] = Math.max(united[last] as number, to);
    } else {
      united.push(from, to);
    }
  }
  return Uint32Array.from(united);
}

export function hasPage(ranges: PageRanges, page: number): boolean {
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[2 * middle + 1] as number) <= page) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length / 2 && (ranges[2 * low] as number) <= page;
}

/** How many of the pages 0 to `pageCount` − 1 are not in the set. */
export function missingPages(ranges: PageRanges, pageCount: number): number {
  let there = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const from = Math.min(ranges[i] as number, pageCount);
    there += Math.min(ranges[i + 1] as number, pageCount) - from;
  }
  return pageCount - there;
}
