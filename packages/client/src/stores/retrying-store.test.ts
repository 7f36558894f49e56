import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERROR_CODES, type ErrorCode } from '@holdfast/core/errors';
import { type FaultRule, FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { testStoreContract } from '@holdfast/testing/store-contract';
import { RetryingStore, type RetryOptions } from './retrying-store.ts';
import type { Store } from './store.ts';

testStoreContract('RetryingStore', async () => {
  const store = new RetryingStore(new MemoryStore());
  return { store, openAgain: async () => store, destroy: () => store.close() };
});

const BYTES = Uint8Array.of(1, 2, 3);
const UNREACHABLE = { kind: 'fail', code: 'store-unreachable' } as const;
const LOST = { kind: 'fail-after', code: 'store-unreachable' } as const;

function retrying(rules: readonly FaultRule[], options: RetryOptions = {}) {
  const inner = new MemoryStore();
  const faulty = new FaultStore(inner, rules);
  const waitsMs: number[] = [];
  const store = new RetryingStore(faulty, {
    sleep: async (ms) => {
      waitsMs.push(ms);
    },
    random: () => 0,
    ...options,
  });
  return { inner, faulty, waitsMs, store };
}

async function namesOf(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list('')) {
    names.push(name);
  }
  return names;
}

describe('RetryingStore', () => {
  test('tries again until the store answers', async () => {
    const { store } = retrying([{ nth: 1, times: 5, fault: UNREACHABLE }]);
    assert.equal(await store.put('heads/1', BYTES), 'stored');
    for (const call of ['get', 'stat', 'list', 'delete'] as const) {
      const { inner, store } = retrying([{ call, nth: 1, times: 5, fault: UNREACHABLE }]);
      await inner.put('heads/1', BYTES);
      assert.deepEqual(await store.get('heads/1'), BYTES);
      assert.equal((await store.stat('heads/1'))?.lengthBytes, 3);
      assert.deepEqual(await namesOf(store), ['heads/1']);
      assert.equal(await store.delete('heads/1'), true);
    }
  });

  test('gives up with the error of the last try', async () => {
    const { faulty, store } = retrying([{ fault: UNREACHABLE }], { attempts: 3 });
    await assert.rejects(store.get('heads/1'), { code: 'store-unreachable' });
    assert.equal(faulty.calls.length, 3);
    await assert.rejects(namesOf(store), { code: 'store-unreachable' });
    assert.equal(faulty.calls.length, 6);
  });

  test('waits twice as long each time, up to the longest wait, and spreads the waits', async () => {
    const times = { attempts: 6, firstWaitMs: 100, longestWaitMs: 500 };
    const early = retrying([{ fault: UNREACHABLE }], times);
    await assert.rejects(early.store.get('heads/1'));
    assert.deepEqual(early.waitsMs, [50, 100, 200, 250, 250]);
    const late = retrying([{ fault: UNREACHABLE }], { ...times, random: () => 0.5 });
    await assert.rejects(late.store.get('heads/1'));
    assert.deepEqual(late.waitsMs, [75, 150, 300, 375, 375]);
  });

  test('retries no other code', async () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      if (code !== 'store-unreachable') {
        const { faulty, store } = retrying([{ fault: { kind: 'fail', code } }]);
        await assert.rejects(store.put('heads/1', BYTES), { code });
        assert.equal(faulty.calls.length, 1);
      }
    }
    const error = new TypeError('a mistake');
    const { faulty, store } = retrying([{ fault: { kind: 'throw', error } }]);
    await assert.rejects(store.get('heads/1'), error);
    assert.equal(faulty.calls.length, 1);
  });

  test('knows its own object again when the answer to the put was lost', async () => {
    const { store } = retrying([{ call: 'put', nth: 1, fault: LOST }]);
    assert.equal(await store.put('heads/1', BYTES), 'stored');
    assert.equal(await store.put('heads/1', BYTES), 'exists');
  });

  test("does not take another's object for its own after a failed put", async () => {
    for (const theirs of [Uint8Array.of(3, 2, 1), Uint8Array.of(1, 2)]) {
      const { inner, store } = retrying([{ call: 'put', nth: 1, fault: UNREACHABLE }]);
      await inner.put('heads/1', theirs);
      assert.equal(await store.put('heads/1', BYTES), 'exists');
    }
  });

  test('goes on asking whose the object is when that fails as well', async () => {
    const { store } = retrying([
      { call: 'put', nth: 1, fault: LOST },
      { call: 'stat', nth: 1, fault: UNREACHABLE },
      { call: 'get', nth: 1, fault: UNREACHABLE },
    ]);
    assert.equal(await store.put('heads/1', BYTES), 'stored');
  });

  test('shows every object once though the listing broke off', async () => {
    const fault = { ...LOST, entries: 3 };
    const { inner, store } = retrying([{ call: 'list', nth: 1, fault }]);
    const names = Array.from({ length: 8 }, (_, index) => `heads/${index}`);
    for (const name of names) {
      await inner.put(name, BYTES);
    }
    assert.deepEqual(await namesOf(store), names);
  });

  test('stops waiting when the signal is aborted', async () => {
    const controller = new AbortController();
    const { faulty, store } = retrying([{ fault: UNREACHABLE }], {
      sleep: async () => controller.abort(),
    });
    await assert.rejects(store.get('heads/1', { signal: controller.signal }), {
      code: 'cancelled',
    });
    assert.equal(faulty.calls.length, 1);
    const patient = new RetryingStore(new FaultStore(new MemoryStore(), [{ fault: UNREACHABLE }]), {
      firstWaitMs: 60_000,
      longestWaitMs: 60_000,
    });
    const signal = AbortSignal.timeout(5);
    await assert.rejects(patient.get('heads/1', { signal }), { code: 'cancelled' });
  });
});
