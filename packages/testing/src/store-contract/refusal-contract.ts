import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listAll, listNames } from './listing.ts';
import { sampleBytes } from './sample-bytes.ts';
import { type MakeStore, storeForGroup } from './store-under-test.ts';

const CANCELLED = { name: 'HoldfastError', code: 'cancelled' };

const BAD_NAMES = [
  '',
  'heads',
  'heads/',
  '/heads/1',
  'heads//1',
  '../1',
  'heads/..',
  'heads/../1',
  'heads/1/..',
  'heads/.',
  'heads/.tmp-1',
  'heads/a..b',
  'heads/a.',
  'heads/a-',
  'heads/-a',
  'Heads/1',
  'heads/A',
  'heads/é',
  'heads/a b',
  'heads\\1',
  'c:/heads/1',
  'heads/1\0',
  'heads/1\n',
  'heads/%2e%2e',
  'a/b/c/d/e',
  `heads/${'a'.repeat(200)}`,
];

const BAD_PREFIXES = ['/', '../', 'heads/../', 'Heads', 'heads\\', 'heads//', '.tmp', 'a b', '\0'];

/** What a store refuses: names that could lead elsewhere, and work nobody waits for any more. */
export function testRefusals(makeStore: MakeStore): void {
  describe('a store', () => {
    const subject = storeForGroup(makeStore);

    test('refuses names and prefixes that no object can have', async () => {
      const { store } = subject.current;
      for (const name of BAD_NAMES) {
        await assert.rejects(store.put(name, sampleBytes(1, 1)), RangeError, `put ${name}`);
        await assert.rejects(store.get(name), RangeError, `get ${name}`);
        await assert.rejects(store.stat(name), RangeError, `stat ${name}`);
        await assert.rejects(store.delete(name), RangeError, `delete ${name}`);
      }
      for (const prefix of BAD_PREFIXES) {
        await assert.rejects(listAll(store, prefix), RangeError, `list ${prefix}`);
      }
      assert.deepEqual(await listAll(store, ''), []);
    });

    test('takes the longest name and every kind of character', async () => {
      const { store } = subject.current;
      const longest = `${'n'.repeat(60)}/${'a'.repeat(139)}`;
      for (const name of [longest, 'a/b/c/d', '0-9/a.b-c.1', 'records/password-000001']) {
        assert.equal(await store.put(name, sampleBytes(9, 1)), 'stored');
        assert.deepEqual(await store.get(name), sampleBytes(9, 1));
        assert.equal(await store.delete(name), true);
      }
    });

    test('does nothing when the signal was aborted before', async () => {
      const { store } = subject.current;
      await store.put('kept/one', sampleBytes(10, 1));
      const options = { signal: AbortSignal.abort() };
      await assert.rejects(store.put('kept/two', sampleBytes(10, 1), options), CANCELLED);
      await assert.rejects(store.get('kept/one', options), CANCELLED);
      await assert.rejects(store.stat('kept/one', options), CANCELLED);
      await assert.rejects(store.delete('kept/one', options), CANCELLED);
      await assert.rejects(listAll(store, 'kept/', options), CANCELLED);
      assert.deepEqual(await listNames(store, 'kept/'), ['kept/one']);
    });

    test('ends a listing when the signal is aborted in its course', async () => {
      const { store } = subject.current;
      for (const name of ['course/1', 'course/2', 'course/3']) {
        await store.put(name, sampleBytes(1, 1));
      }
      const controller = new AbortController();
      const seen: string[] = [];
      await assert.rejects(async () => {
        for await (const info of store.list('course/', { signal: controller.signal })) {
          seen.push(info.name);
          controller.abort();
        }
      }, CANCELLED);
      assert.deepEqual(seen, ['course/1']);
    });

    test('leaves a whole object or none when a put is aborted at any moment', async () => {
      const { store } = subject.current;
      const bytes = sampleBytes(2_000_000, 2);
      for (let waitMs = 0; waitMs < 10; waitMs++) {
        const name = `moments/${waitMs}`;
        const signal = AbortSignal.timeout(waitMs);
        const answer = await store.put(name, bytes, { signal }).catch((error: unknown) => {
          assert.equal((error as { code?: unknown }).code, 'cancelled');
          return 'cancelled';
        });
        const stored = await store.get(name);
        if (answer === 'stored' || stored !== null) {
          assert.ok(Buffer.from(bytes).equals(stored ?? new Uint8Array()), name);
        }
      }
    });
  });
}
