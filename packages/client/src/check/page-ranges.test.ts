import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  hasPage,
  missingPages,
  type PageRanges,
  PageRangesWriter,
  unitePages,
} from './page-ranges.ts';

const pageSets = fc.uniqueArray(fc.nat({ max: 60 })).map((pages) => pages.sort((a, b) => a - b));

function rangesOf(pages: readonly number[]): PageRanges {
  const writer = new PageRangesWriter();
  for (const page of pages) writer.add(page);
  return writer.finish();
}

test('sets of pages behave as sets', () => {
  fc.assert(
    fc.property(pageSets, pageSets, (a, b) => {
      const both = new Set([...a, ...b]);
      const united = unitePages(rangesOf(a), rangesOf(b));
      for (let page = 0; page <= 61; page++) assert.equal(hasPage(united, page), both.has(page));
      for (const count of [0, 1, 30, 61]) {
        const there = [...both].filter((page) => page < count).length;
        assert.equal(missingPages(united, count), count - there);
      }
    }),
  );
});

test('pages without a gap are one range', () => {
  assert.deepEqual(rangesOf([0, 1, 2, 5, 6]), Uint32Array.of(0, 3, 5, 7));
  assert.deepEqual(unitePages(rangesOf([0, 1]), rangesOf([2, 3])), Uint32Array.of(0, 4));
});
