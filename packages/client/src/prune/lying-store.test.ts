/** A store that leaves things out, or claims what isn't so: prune deletes nothing that is needed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FaultRule, FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { SharedStore } from '../fixture/shared-store.ts';

/** Deletes everything that it can, at once. */
const ALL = { graceMs: 0, maxUnusedFraction: 0 };

/** Two snapshots of which the first, with files that the second lacks, is forgotten. */
async function begin(test: { after(fn: () => void): void }, keptBytes = 0): Promise<SharedStore> {
  const shared = await SharedStore.begin(test, (nowMs) => new MemoryStore({ nowMs }));
  for (let i = 0; i < 6; i++) shared.write('phone', `file-${i}`, i);
  if (keptBytes > 0) shared.write('phone', 'kept', 9, keptBytes);
  shared.writeDatabase('phone', 1);
  await shared.backUp('phone');
  for (let i = 0; i < 5; i++) shared.remove('phone', `file-${i}`);
  shared.writeDatabase('phone', 3);
  await shared.backUp('phone');
  await shared.forget('phone', { last: 1 });
  return shared;
}

function lying(shared: SharedStore, rule: Omit<FaultRule, 'times' | 'nth'>): FaultStore {
  return new FaultStore(shared.store, [{ ...rule, nth: 1, times: Number.POSITIVE_INFINITY }]);
}

describe('prune() at a store that lies', () => {
  test('loses nothing when any pack is not listed', async (t) => {
    const shared = await begin(t);
    const reset = await shared.save();
    const missing = new Set<number>();
    for (const prefix of await shared.names('packs/')) {
      const store = lying(shared, { call: 'list', prefix, fault: { kind: 'missing' } });
      missing.add((await shared.prune('laptop', { ...ALL, store })).missing);
      await shared.assertAllRead();
      // What was not needed and not listed is found again.
      assert.equal((await shared.prune('laptop', ALL)).missing, 0);
      await shared.assertAllRead();
      await reset();
    }
    assert.deepEqual([...missing].sort(), [0, 1]);
  });

  test('keeps what was copied as long as a copy is missing', async (t) => {
    const shared = await begin(t, 3_000_000);
    const first = new Set(await shared.names('packs/'));
    await shared.prune('laptop', { maxUnusedFraction: 0 });
    shared.pass(8);
    const copies = (await shared.names('packs/')).filter((name) => !first.has(name));
    const reset = await shared.save();
    await shared.prune('laptop', { maxUnusedFraction: 1 });
    const left = new Set(await shared.names('packs/'));
    await reset();
    const originals = [...first].filter((name) => !left.has(name));
    assert.ok(originals.length > 0);
    let missing = 0;
    for (const name of copies) {
      await shared.store.delete(name);
      try {
        const summary = await shared.prune('laptop', { maxUnusedFraction: 1 });
        if (summary.missing > 0) {
          missing += summary.missing;
          const names = new Set(await shared.names('packs/'));
          assert.ok(originals.some((original) => names.has(original)));
        }
      } catch (error) {
        // It held tables.
        assert.equal((error as { code?: string }).code, 'object-missing');
      }
      await reset();
    }
    assert.ok(missing > 0);
  });

  test('deletes nothing by an older state that passes for the newest', async (t) => {
    const shared = await begin(t);
    const packs = await shared.names('packs/');
    const prefix = (await shared.names('heads/')).at(-1) as string;
    const store = lying(shared, { call: 'list', prefix, fault: { kind: 'missing' } });
    await assert.rejects(shared.prune('phone', { ...ALL, store }), { code: 'stale' });
    await assert.rejects(shared.prune('laptop', { ...ALL, store }), { code: 'contention' });
    const left = new Set(await shared.names('packs/'));
    assert.ok(packs.every((name) => left.has(name)));
    await shared.assertAllRead();
  });

  for (const kind of ['missing', 'exists'] as const) {
    test(`deletes nothing when a head is not stored and put answers ${kind === 'missing' ? 'stored' : 'exists'}`, async (t) => {
      const shared = await begin(t);
      const packs = await shared.names('packs/');
      const store = lying(shared, { call: 'put', prefix: 'heads/', fault: { kind } });
      const code = kind === 'missing' ? 'object-missing' : 'contention';
      await assert.rejects(shared.prune('laptop', { ...ALL, store }), {
        code,
      });
      const left = new Set(await shared.names('packs/'));
      assert.ok(packs.every((name) => left.has(name)));
      await shared.assertAllRead();
      assert.ok((await shared.prune('phone', ALL)).deleted > 0);
      await shared.assertAllRead();
    });
  }

  test('begins the grace anew when marks are hidden', async (t) => {
    const shared = await begin(t);
    const { marked } = await shared.prune('laptop', { maxUnusedFraction: 1 });
    shared.pass(8);
    const store = lying(shared, { call: 'list', prefix: 'marks/', fault: { kind: 'missing' } });
    const again = await shared.prune('laptop', { maxUnusedFraction: 1, store });
    assert.deepEqual([again.marked, again.deleted], [marked, 0]);
    assert.ok((await shared.prune('laptop', { maxUnusedFraction: 1 })).deleted > 0);
    await shared.assertAllRead();
  });

  test('is not moved by marks and orders that come back', async (t) => {
    const shared = await begin(t);
    const replayed = new Map<string, Uint8Array>();
    const record = async (): Promise<void> => {
      for (const name of await shared.names('marks/')) {
        replayed.set(name, (await shared.store.get(name)) as Uint8Array);
      }
    };
    await shared.prune('laptop', { maxUnusedFraction: 1 });
    await record();
    // What the marks name is used again, just before an order to delete it comes into force.
    for (let i = 0; i < 5; i++) shared.write('phone', `file-${i}`, i);
    shared.pass(8);
    const held = new FaultStore(shared.store, [
      { call: 'put', prefix: 'heads/', nth: 1, fault: { kind: 'fail', code: 'store-denied' } },
    ]);
    const ordering = shared.prune('laptop', { graceMs: 0, maxUnusedFraction: 1, store: held });
    await assert.rejects(ordering, { code: 'store-denied' });
    await record();
    assert.equal(replayed.size, 2);
    await shared.backUp('phone');
    await shared.prune('laptop', ALL);
    for (const [name, bytes] of replayed) await shared.store.put(name, bytes);
    shared.write('phone', 'more', 20);
    await shared.backUp('phone');
    await shared.prune('laptop', ALL);
    await shared.assertAllRead();
    const left = await shared.names('marks/');
    assert.ok(left.every((name) => !replayed.has(name)));
  });
});
