import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleBytes } from './sample-bytes.ts';
import { type MakeStore, storeForGroup } from './store-under-test.ts';

const PACK_BYTES = 16 * 1024 * 1024;
const RACERS = 24;

/** Puts: whole, once, and first come first served. */
export function testPuts(makeStore: MakeStore): void {
  describe('put()', () => {
    const subject = storeForGroup(makeStore);

    test('stores an object that is not there', async () => {
      const { store } = subject.current;
      assert.equal(await store.put('first/one', sampleBytes(1000, 1)), 'stored');
      assert.deepEqual(await store.get('first/one'), sampleBytes(1000, 1));
    });

    test('answers "exists" and changes nothing when the object is there', async () => {
      const { store } = subject.current;
      await store.put('second/one', sampleBytes(10, 1));
      assert.equal(await store.put('second/one', sampleBytes(20, 2)), 'exists');
      assert.equal(await store.put('second/one', sampleBytes(10, 1)), 'exists');
      assert.deepEqual(await store.get('second/one'), sampleBytes(10, 1));
    });

    test('stores an empty object', async () => {
      const { store } = subject.current;
      assert.equal(await store.put('empty/one', new Uint8Array()), 'stored');
      assert.equal(await store.put('empty/one', sampleBytes(1, 1)), 'exists');
      assert.deepEqual(await store.get('empty/one'), new Uint8Array());
      assert.equal((await store.stat('empty/one'))?.lengthBytes, 0);
    });

    test('stores an object of 16 MiB', async () => {
      const { store } = subject.current;
      const bytes = sampleBytes(PACK_BYTES, 3);
      assert.equal(await store.put('packs/3f/3fa1', bytes), 'stored');
      assert.ok(Buffer.from(bytes).equals((await store.get('packs/3f/3fa1')) ?? new Uint8Array()));
    });

    test('takes bytes that are part of a larger or of a shared buffer', async () => {
      const { store } = subject.current;
      const shared = new Uint8Array(new SharedArrayBuffer(300));
      shared.set(sampleBytes(300, 4));
      await store.put('views/shared', shared.subarray(100, 200));
      await store.put('views/part', sampleBytes(300, 4).subarray(100, 200));
      const expected = sampleBytes(300, 4).slice(100, 200);
      assert.deepEqual(await store.get('views/shared'), expected);
      assert.deepEqual(await store.get('views/part'), expected);
    });

    test('keeps what it was given, not the array it was given in', async () => {
      const { store } = subject.current;
      const bytes = sampleBytes(100, 5);
      await store.put('copies/one', bytes);
      bytes.fill(0);
      const answered = await store.get('copies/one');
      assert.deepEqual(answered, sampleBytes(100, 5));
      answered?.fill(0);
      assert.deepEqual(await store.get('copies/one'), sampleBytes(100, 5));
    });

    test('lets exactly one of many racing puts of a name win', async () => {
      const { store, openAgain } = subject.current;
      const other = await openAgain();
      for (let round = 0; round < 10; round++) {
        const name = `race/${round}`;
        const answers = await Promise.all(
          Array.from({ length: RACERS }, (_, racer) =>
            (racer % 2 === 0 ? store : other).put(name, sampleBytes(5000 + racer, racer)),
          ),
        );
        assert.equal(answers.filter((answer) => answer === 'stored').length, 1);
        const winner = answers.indexOf('stored');
        assert.deepEqual(await store.get(name), sampleBytes(5000 + winner, winner));
      }
      await other.close();
    });

    test('shows an object to whoever opens the store afterwards', async () => {
      const { store, openAgain } = subject.current;
      await store.put('again/one', sampleBytes(100, 6));
      const again = await openAgain();
      assert.equal(again.url, store.url);
      assert.deepEqual(await again.get('again/one'), sampleBytes(100, 6));
      assert.equal(await again.put('again/one', sampleBytes(100, 7)), 'exists');
      await again.close();
    });
  });
}
