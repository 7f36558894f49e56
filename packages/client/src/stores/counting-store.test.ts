import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { testStoreContract } from '@holdfast/testing/store-contract';
import { CountingStore } from './counting-store.ts';

testStoreContract('CountingStore', async () => {
  const store = new CountingStore(new MemoryStore());
  return { store, openAgain: async () => store, destroy: () => store.close() };
});

describe('CountingStore', () => {
  test('counts requests and bytes both ways', async () => {
    const store = new CountingStore(new MemoryStore());
    const before = store.counts;
    await store.put('heads/1', new Uint8Array(100));
    await store.put('heads/1', new Uint8Array(100));
    await store.get('heads/1');
    await store.get('heads/1', { range: { offset: 10, lengthBytes: 5 } });
    await store.get('heads/2');
    await store.stat('heads/1');
    for await (const info of store.list('')) {
      assert.equal(info.name, 'heads/1');
    }
    await store.delete('heads/1');
    assert.deepEqual(store.counts, { requests: 8, bytesSent: 200, bytesFetched: 105 });
    assert.deepEqual(before, { requests: 0, bytesSent: 0, bytesFetched: 0 });
  });

  test('counts failed requests, but no bytes for them', async () => {
    const fault = { kind: 'fail', code: 'store-unreachable' } as const;
    const store = new CountingStore(new FaultStore(new MemoryStore(), [{ fault }]));
    await assert.rejects(store.put('heads/1', new Uint8Array(100)));
    await assert.rejects(store.get('heads/1'));
    assert.deepEqual(store.counts, { requests: 2, bytesSent: 0, bytesFetched: 0 });
  });
});
