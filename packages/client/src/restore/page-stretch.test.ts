import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Address } from '@holdfast/core/backup-format';
import fc from 'fast-check';
import { PageStretch } from './page-stretch.ts';
import type { Placement, PlacementSink } from './placement.ts';
import type { RestoreFile } from './restore-file.ts';

const PAGE_BYTES = 4096;
const GROUP_PAGES = 64;
const FIRST_PAGE = 1000;

/** Groups as a backup makes them day by day: which pages changed, in ascending order. */
type Day = readonly number[];

function groupAddress(number: number, pages: number): Address {
  const stream = new Uint8Array(16);
  const plainBytes = pages * PAGE_BYTES;
  const lengths = { storedBytes: plainBytes, plainBytes };
  return { kind: 'pages', stream, offset: number * 2 ** 20, ...lengths, compressed: false };
}

/** What each page is to hold in the end, and the groups by their offsets. */
function backUp(days: readonly Day[], pageCount: number) {
  const groups: { readonly address: Address; readonly pages: readonly number[] }[] = [];
  const places = new Map<number, { readonly group: number; readonly slot: number }>();
  for (const day of days) {
    for (let from = 0; from < day.length; from += GROUP_PAGES) {
      const pages = day.slice(from, from + GROUP_PAGES);
      const group = groups.length;
      groups.push({ address: groupAddress(group, pages.length), pages });
      pages.forEach((page, slot) => {
        places.set(page, { group, slot });
      });
    }
  }
  return { groups, places: Array.from({ length: pageCount }, (_, page) => places.get(page)) };
}

/** Rounds of placements: what lies in one may be written in any order. */
async function placed(days: readonly Day[], pageCount: number) {
  const { groups, places } = backUp(days, pageCount);
  const options = { pageBytes: PAGE_BYTES, firstPage: FIRST_PAGE, pageCount };
  const stretch = new PageStretch({ ...options, file: {} as RestoreFile });
  for (const place of places) {
    assert.ok(place !== undefined && !stretch.isFull);
    stretch.add(groups[place.group]?.address as Address, place.slot);
  }
  assert.ok(stretch.isFull);
  const rounds: Placement[][] = [[]];
  const sink: PlacementSink = {
    put: async (placements) => void rounds.at(-1)?.push(...placements),
    drain: async () => void rounds.push([]),
  };
  await stretch.place(sink);
  return { groups, places, rounds };
}

const oneByOne = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

describe('PageStretch', () => {
  test('writes the pages of one day in long runs, and once', async () => {
    const { rounds } = await placed([oneByOne(200)], 200);
    const [first = [], ...others] = rounds;
    assert.deepEqual(
      first.map(({ fileOffset, lengthBytes }) => [
        fileOffset / PAGE_BYTES,
        lengthBytes / PAGE_BYTES,
      ]),
      [
        [1000, 64],
        [1064, 64],
        [1128, 64],
      ],
    );
    // The last group is too short to be worth a round of its own.
    assert.deepEqual(
      others.flat().map(({ lengthBytes }) => lengthBytes),
      [8 * PAGE_BYTES],
    );
  });

  test('writes a group whole though some of its pages were replaced, at its ends too', async () => {
    const changed = [0, 7, 8, 40, 63];
    const { rounds } = await placed([oneByOne(64), changed], 64);
    const [first = [], second = []] = rounds;
    assert.deepEqual(
      first.map(({ from, lengthBytes, passingBytes }) => [from, lengthBytes, passingBytes]),
      [[0, 64 * PAGE_BYTES, 5 * PAGE_BYTES]],
    );
    assert.deepEqual(
      second.map(({ fileOffset, lengthBytes }) => [
        fileOffset / PAGE_BYTES,
        lengthBytes / PAGE_BYTES,
      ]),
      [
        [1000, 1],
        [1007, 2],
        [1040, 1],
        [1063, 1],
      ],
    );
  });

  test('has every page hold what it should, in whatever order a round is written', async () => {
    const pageCount = 300;
    const days = fc
      .array(fc.array(fc.tuple(fc.nat(pageCount - 1), fc.integer({ min: 1, max: 90 }))), {
        maxLength: 5,
      })
      .map((given) =>
        given.map((runs) => {
          const pages = new Set(runs.flatMap(([from, count]) => oneByOne(count, from)));
          return [...pages].filter((page) => page < pageCount).sort((a, b) => a - b);
        }),
      );
    await fc.assert(
      fc.asyncProperty(days, fc.infiniteStream(fc.nat()), async (changes, chance) => {
        const { groups, places, rounds } = await placed(
          [oneByOne(pageCount), ...changes],
          pageCount,
        );
        const file = new Map<number, string>();
        let counted = 0;
        for (const round of rounds) {
          const seen = new Set<number>();
          const shuffled = round
            .map((placement) => ({ placement, order: chance.next().value as number }))
            .sort((a, b) => a.order - b.order);
          for (const { placement } of shuffled) {
            const { address, fileOffset, from, lengthBytes, passingBytes } = placement;
            const group = address.offset / 2 ** 20;
            assert.ok(from >= 0 && from + lengthBytes <= address.plainBytes);
            counted += lengthBytes - passingBytes;
            for (let done = 0; done < lengthBytes; done += PAGE_BYTES) {
              const page = (fileOffset + done) / PAGE_BYTES - FIRST_PAGE;
              assert.ok(!seen.has(page), 'two writes of one round meet');
              seen.add(page);
              file.set(page, `${group} ${(from + done) / PAGE_BYTES}`);
            }
          }
        }
        const expected = places.map((place) => `${place?.group} ${place?.slot}`);
        assert.deepEqual(
          oneByOne(pageCount).map((page) => file.get(page)),
          expected,
        );
        assert.equal(file.size, pageCount);
        assert.equal(counted, pageCount * PAGE_BYTES);
        assert.ok(groups.length > 0);
      }),
      { numRuns: 300 },
    );
  });

  test('reads no group beyond its end, though that is no whole number of pages', async () => {
    const group = { ...groupAddress(0, 40), plainBytes: 40 * PAGE_BYTES + 2048 };
    const other = groupAddress(1, 64);
    const stretch = new PageStretch({
      pageBytes: PAGE_BYTES,
      file: {} as RestoreFile,
      firstPage: 0,
      pageCount: 60,
    });
    for (let page = 0; page < 60; page++) {
      if (page < 30) stretch.add(group, page);
      else stretch.add(other, page);
    }
    const put: Placement[] = [];
    await stretch.place({
      put: async (placements) => void put.push(...placements),
      drain: async () => undefined,
    });
    assert.ok(put.length > 0);
    for (const { address, from, lengthBytes } of put) {
      assert.ok(Number.isInteger(from / PAGE_BYTES) && Number.isInteger(lengthBytes / PAGE_BYTES));
      assert.ok(from + lengthBytes <= address.plainBytes);
    }
  });

  test('hands on a limited number of placements at a time, also of one group', async () => {
    const pageCount = 20_000;
    const stretch = new PageStretch({
      pageBytes: PAGE_BYTES,
      file: {} as RestoreFile,
      firstPage: 0,
      pageCount,
    });
    const group = groupAddress(0, 1);
    for (let page = 0; page < pageCount; page++) stretch.add(group, 0);
    const sizes: number[] = [];
    await stretch.place({
      put: async (placements) => void sizes.push(placements.length),
      drain: async () => undefined,
    });
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      pageCount,
    );
    assert.ok(Math.max(...sizes) <= 4096);
  });

  test('takes slots that stand in any order, and twice', async () => {
    const stretch = new PageStretch({
      pageBytes: PAGE_BYTES,
      file: {} as RestoreFile,
      firstPage: 0,
      pageCount: 6,
    });
    const group = groupAddress(0, 4);
    for (const slot of [3, 2, 2, 0, 1, 1]) stretch.add(group, slot);
    const put: Placement[] = [];
    await stretch.place({
      put: async (placements) => void put.push(...placements),
      drain: async () => assert.fail('there is one round only'),
    });
    assert.deepEqual(
      put.map(({ fileOffset, from, lengthBytes }) =>
        [fileOffset, from, lengthBytes].map((bytes) => bytes / PAGE_BYTES),
      ),
      [
        [0, 3, 1],
        [1, 2, 1],
        [2, 2, 1],
        [3, 0, 2],
        [5, 1, 1],
      ],
    );
  });
});
