/** A store that leaves things out, or claims what isn't so: prune deletes nothing that is needed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FaultRule, FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { SharedStore } from '../fixture/shared-store.ts';

/** Deletes everything that it can, at once. */
const ALL = { graceMs: 0, maxUnusedFraction: 0 };

/** Two snapshots of which the first, with files that the second lacks, is forgotten. */
async function begin(test: { after(fn: () => void): void }): Promise<SharedStore> {
  const shared = await SharedStore.begin(test, (nowMs) => new MemoryStore({ nowMs }));
  for (let i = 0; i < 6; i++) shared.write('phone', `file-${i}`, i);
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
  test('stops when any pack that is needed is not listed', async (t) => {
    const shared = await begin(t);
    const reset = await shared.save();
    const codes = new Set<string>();
    for (const prefix of await shared.names('packs/')) {
      const store = lying(shared, { call: 'list', prefix, fault: { kind: 'missing' } });
      try {
        await shared.prune('laptop', { ...ALL, store });
        codes.add('done');
      } catch (error) {
        codes.add((error as { code: string }).code);
        assert.deepEqual((error as { details: object }).details, { objectName: prefix });
      }
      await shared.assertAllRead();
      // What was not needed and not listed is found again.
      await shared.prune('laptop', ALL);
      await shared.assertAllRead();
      await reset();
    }
    assert.deepEqual([...codes].sort(), ['done', 'object-missing']);
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
});
