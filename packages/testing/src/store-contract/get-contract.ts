import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { sampleBytes } from './sample-bytes.ts';
import { type MakeStore, storeForGroup } from './store-under-test.ts';

/** Reads, looks and deletes. */
export function testReads(makeStore: MakeStore): void {
  describe('get(), stat() and delete()', () => {
    const subject = storeForGroup(makeStore);

    test('answer null, null and false for an object that is not there', async () => {
      const { store } = subject.current;
      assert.equal(await store.get('nothing/here'), null);
      assert.equal(await store.get('nothing/here', { range: { offset: 5, lengthBytes: 5 } }), null);
      assert.equal(await store.stat('nothing/here'), null);
      assert.equal(await store.delete('nothing/here'), false);
    });

    test('get() answers exactly the range that was asked for', async () => {
      const { store } = subject.current;
      const bytes = sampleBytes(1000, 1);
      await store.put('ranges/one', bytes);
      for (const [offset, lengthBytes] of [
        [0, 1000],
        [0, 1],
        [999, 1],
        [123, 456],
        [500, 0],
        [1000, 0],
      ] as const) {
        assert.deepEqual(
          await store.get('ranges/one', { range: { offset, lengthBytes } }),
          bytes.slice(offset, offset + lengthBytes),
        );
      }
    });

    test('get() calls an object damaged that is shorter than the range', async () => {
      const { store } = subject.current;
      await store.put('short/one', sampleBytes(1000, 2));
      for (const [offset, lengthBytes] of [
        [0, 1001],
        [999, 2],
        [1000, 1],
        [5000, 1],
        [5000, 0],
      ] as const) {
        await assert.rejects(store.get('short/one', { range: { offset, lengthBytes } }), {
          name: 'HoldfastError',
          code: 'damaged',
        });
      }
    });

    test('get() leaves the memory that it was lent alone once it has answered or thrown', async () => {
      const { store } = subject.current;
      const bytes = sampleBytes(1_000_000, 4);
      await store.put('lent/one', bytes);
      for (const afterMs of [null, 0, 1]) {
        const into = new Uint8Array(bytes.length + 10);
        const controller = new AbortController();
        const read = store.get('lent/one', { into, signal: controller.signal });
        if (afterMs !== null) setTimeout(() => controller.abort(), afterMs);
        const answer = await read.catch((error: unknown) => error);
        if (answer instanceof Uint8Array) assert.deepEqual(answer, bytes);
        into.fill(255);
        await wait(20);
        assert.ok(into.every((byte) => byte === 255));
      }
    });

    test('get() refuses a range that is none', async () => {
      const { store } = subject.current;
      await store.put('refused/one', sampleBytes(10, 3));
      for (const [offset, lengthBytes] of [
        [-1, 5],
        [0, -1],
        [0.5, 1],
        [0, Number.NaN],
        [0, Number.POSITIVE_INFINITY],
      ] as const) {
        await assert.rejects(
          store.get('refused/one', { range: { offset, lengthBytes } }),
          RangeError,
        );
      }
    });

    test('get() serves many ranges of one object at once', async () => {
      const { store } = subject.current;
      const bytes = sampleBytes(200_000, 4);
      await store.put('many/one', bytes);
      const offsets = Array.from({ length: 40 }, (_, index) => index * 4999);
      const parts = await Promise.all(
        offsets.map((offset) => store.get('many/one', { range: { offset, lengthBytes: 1000 } })),
      );
      assert.deepEqual(
        parts,
        offsets.map((offset) => bytes.slice(offset, offset + 1000)),
      );
    });

    test('stat() tells name, length and time', async () => {
      const { store } = subject.current;
      await store.put('look/one', sampleBytes(321, 5));
      const info = await store.stat('look/one');
      assert.equal(info?.name, 'look/one');
      assert.equal(info.lengthBytes, 321);
      assert.ok(Number.isSafeInteger(info.writtenAtMs) && info.writtenAtMs > 0);
    });

    test('delete() removes an object, once, and its name is free again', async () => {
      const { store } = subject.current;
      await store.put('gone/one', sampleBytes(10, 6));
      await store.put('gone/two', sampleBytes(10, 7));
      assert.equal(await store.delete('gone/one'), true);
      assert.equal(await store.delete('gone/one'), false);
      assert.equal(await store.get('gone/one'), null);
      assert.equal(await store.stat('gone/one'), null);
      assert.deepEqual(await store.get('gone/two'), sampleBytes(10, 7));
      assert.equal(await store.put('gone/one', sampleBytes(20, 8)), 'stored');
      assert.deepEqual(await store.get('gone/one'), sampleBytes(20, 8));
    });
  });
}
