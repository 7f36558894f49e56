import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listAll, listNames } from './listing.ts';
import { sampleBytes } from './sample-bytes.ts';
import { type MakeStore, storeForGroup } from './store-under-test.ts';

/** More than two pages of every known store. */
const MANY = 2500;
const PUTS_AT_ONCE = 16;

/** Listings: complete, in order, by any prefix. */
export function testListings(makeStore: MakeStore): void {
  describe('list()', () => {
    const subject = storeForGroup(makeStore);

    test('of an empty store is empty', async () => {
      assert.deepEqual(await listNames(subject.current.store, ''), []);
      assert.deepEqual(await listNames(subject.current.store, 'heads/'), []);
    });

    test('tells what stat() tells', async () => {
      const { store } = subject.current;
      await store.put('infos/one', sampleBytes(10, 1));
      await store.put('infos/two', sampleBytes(0, 2));
      assert.deepEqual(await listAll(store, 'infos/'), [
        await store.stat('infos/one'),
        await store.stat('infos/two'),
      ]);
    });

    test('is in order of name, across parts and folders', async () => {
      const { store } = subject.current;
      const names = [
        'order-a/a',
        'order-a/a-b/c',
        'order-a/a.b',
        'order-a/a0',
        'order-a/aa/a',
        'order-a/b/c',
        'order-a/b/d',
        'order-a/b-c/d',
        'order/a',
        'order/b/c',
        'order0/a',
      ];
      for (const name of [...names].reverse()) {
        await store.put(name, sampleBytes(1, 1));
      }
      assert.deepEqual(await listNames(store, 'order'), [...names].sort());
    });

    test('takes any beginning of a name as prefix', async () => {
      const { store } = subject.current;
      const names = ['prefix/3f/3fa1', 'prefix/3f/3fa2', 'prefix/3f/4', 'prefix/40/3fa1'];
      for (const name of names) {
        await store.put(name, sampleBytes(1, 1));
      }
      assert.deepEqual(await listNames(store, 'prefix/3f/3fa'), names.slice(0, 2));
      assert.deepEqual(await listNames(store, 'prefix/3f/3fa2'), ['prefix/3f/3fa2']);
      assert.deepEqual(await listNames(store, 'prefix/3f/'), names.slice(0, 3));
      assert.deepEqual(await listNames(store, 'prefix/3f'), names.slice(0, 3));
      assert.deepEqual(await listNames(store, 'prefix/'), names);
      assert.deepEqual(await listNames(store, 'pref'), names);
      assert.deepEqual(await listNames(store, 'prefix/5'), []);
      assert.deepEqual(await listNames(store, 'prefix/3f/3fa1/x'), []);
    });

    test('shows every object of 2,500, and each once', async () => {
      const { store } = subject.current;
      const names = Array.from({ length: MANY }, (_, index) => {
        const hex = ((index * 40503) % 65536).toString(16).padStart(4, '0');
        return `many/${hex.slice(0, 1)}/${hex}`;
      });
      await inParallel(names, (name) => store.put(name, sampleBytes(3, 1)));
      assert.deepEqual(await listNames(store, 'many/'), [...names].sort());
      assert.deepEqual(
        await listNames(store, 'many/a/'),
        names.filter((name) => name.startsWith('many/a/')).sort(),
      );
    });

    test('shows neither what was deleted nor holds back what was put', async () => {
      const { store } = subject.current;
      await store.put('fresh/one', sampleBytes(1, 1));
      await store.put('fresh/two', sampleBytes(1, 1));
      await store.delete('fresh/one');
      assert.deepEqual(await listNames(store, 'fresh/'), ['fresh/two']);
      await store.put('fresh/one', sampleBytes(1, 1));
      assert.deepEqual(await listNames(store, 'fresh/'), ['fresh/one', 'fresh/two']);
    });

    test('may be left early, and objects deleted while it runs', async () => {
      const { store } = subject.current;
      const names = Array.from({ length: 50 }, (_, index) => `leave/${10 + index}`);
      await inParallel(names, (name) => store.put(name, sampleBytes(1, 1)));
      for await (const info of store.list('leave/')) {
        assert.equal(info.name, names[0]);
        break;
      }
      for await (const info of store.list('leave/')) {
        assert.equal(await store.delete(info.name), true);
      }
      assert.deepEqual(await listNames(store, 'leave/'), []);
    });
  });
}

async function inParallel(
  names: readonly string[],
  put: (name: string) => Promise<unknown>,
): Promise<void> {
  const waiting = names.values();
  await Promise.all(
    Array.from({ length: PUTS_AT_ONCE }, async () => {
      for (const name of waiting) {
        await put(name);
      }
    }),
  );
}
