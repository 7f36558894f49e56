import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Address, PAGE_GROUP_MAX_BYTES } from '@holdfast/core/backup-format';
import fc from 'fast-check';
import { PageGroups } from './page-groups.ts';
import { MovedPages } from './regroup-pages.ts';

const STREAM = new Uint8Array(16);

/** Groups in memory. */
class Groups {
  readonly plains: Uint8Array[] = [];

  write = async (plain: Uint8Array): Promise<Address> => {
    const offset = this.plains.push(plain.slice()) - 1;
    const { length } = plain;
    const lengths = { storedBytes: length, plainBytes: length, compressed: false };
    return { kind: 'pages', stream: STREAM, offset, ...lengths };
  };

  read = async ({ offset }: Address): Promise<Uint8Array> => this.plains[offset] as Uint8Array;
}

/** A group: the length of its pages, how many it has, and which of them are shown. */
const groupShape = fc.record({
  pageBytes: fc.constantFrom(4096, 65_536),
  pages: fc.integer({ min: 1, max: 4 }),
  shown: fc.uniqueArray(fc.nat(3), { maxLength: 4 }),
});

describe('MovedPages', () => {
  test('finds every shown page in its new place, and others in their old', async () => {
    const property = fc.asyncProperty(
      fc.array(groupShape, { minLength: 1, maxLength: 40 }),
      fc.nat(100),
      async (shapes, allowedPercent) => {
        const stored = new Groups();
        const groups = new PageGroups();
        let nextMark = 1;
        const pages: { group: Address; slot: number; pageBytes: number; mark: number }[] = [];
        for (const { pageBytes, pages: count, shown } of shapes) {
          const plain = new Uint8Array(count * pageBytes);
          const marks = Array.from({ length: count }, () => nextMark++);
          marks.forEach((mark, slot) => {
            new DataView(plain.buffer).setUint32(slot * pageBytes, mark);
          });
          const group = await stored.write(plain);
          for (const slot of shown.filter((slot) => slot < count)) {
            groups.add({ group, slot }, pageBytes);
            pages.push({ group, slot, pageBytes, mark: marks[slot] as number });
          }
        }
        const written = stored.plains.length;
        const allowedBytes = (PAGE_GROUP_MAX_BYTES * shapes.length * allowedPercent) / 100;
        const sparse = groups.chooseSparse(allowedBytes);
        const moved = new MovedPages();
        await moved.write(sparse, { read: stored.read, writeGroup: stored.write });
        let left = 0;
        for (const one of groups.all()) {
          assert.equal(moved.has(one), sparse.has(one));
          if (!sparse.has(one)) left += one.hiddenBytes;
        }
        assert.ok(left <= allowedBytes);
        for (const { group, slot, pageBytes, mark } of pages) {
          const place = moved.placeOf({ group, slot }, pageBytes);
          const plain = await stored.read(place.group);
          const at = place.slot * pageBytes;
          assert.ok(at + pageBytes <= plain.length);
          assert.equal(new DataView(plain.buffer, plain.byteOffset).getUint32(at), mark);
        }
        // All but the last of each length of pages are full.
        const short = stored.plains
          .slice(written)
          .filter(({ length }) => length < PAGE_GROUP_MAX_BYTES);
        assert.ok(short.length <= 2);
      },
    );
    await fc.assert(property, { numRuns: process.env.SLOW === '1' ? 2000 : 60 });
  });

  test('leaves a page that was not shown when its group was left', async () => {
    const stored = new Groups();
    const group = await stored.write(new Uint8Array(4096 * 4));
    const groups = new PageGroups();
    groups.add({ group, slot: 2 }, 4096);
    const moved = new MovedPages();
    await moved.write(groups.all(), { read: stored.read, writeGroup: stored.write });
    assert.deepEqual(moved.placeOf({ group, slot: 3 }, 4096), { group, slot: 3 });
    assert.equal(moved.placeOf({ group, slot: 2 }, 4096).slot, 0);
  });
});
