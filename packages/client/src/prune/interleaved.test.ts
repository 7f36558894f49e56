/**
 * Two devices at one store: whatever one does while the other is held up or cut off at any of its
 * calls, every snapshot on the list restores.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Fault } from '@holdfast/testing/fault-store';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { SharedStore } from './_shared-store.ts';

/** About so many calls are tried; all of them with SLOW=1. */
const CALLS_TRIED = process.env.SLOW ? Number.POSITIVE_INFINITY : 4;

interface EndingTest {
  after(fn: () => void): void;
}

type Act = (shared: SharedStore, store: FaultStore) => Promise<unknown>;

const ACTS: Readonly<Record<string, Act>> = {
  // Whose chunks are in marked packs.
  'a backup': (shared, store) => {
    for (let i = 0; i < 3; i++) shared.write('phone', `again-${i}`, i);
    return shared.backUp('phone', store);
  },
  'a backup of little': (shared, store) => shared.backUp('phone', store),
  'a forget': (shared, store) => shared.forget('phone', { numbers: [2] }, store),
  'a prune': (shared, store) => shared.prune('phone', { store }),
};

/** Snapshots 1 to 3 of the phone, 4 of the laptop; 1 is forgotten, its packs marked long ago. */
async function prepare(test: EndingTest): Promise<SharedStore> {
  const shared = await SharedStore.begin(test, (nowMs) => new MemoryStore({ nowMs }));
  for (let i = 0; i < 6; i++) shared.write('phone', `first-${i}`, i);
  await shared.backUp('phone');
  for (let i = 0; i < 6; i++) shared.remove('phone', `first-${i}`);
  shared.write('phone', 'second', 20, 700_000);
  await shared.backUp('phone');
  shared.write('phone', 'third', 30);
  await shared.backUp('phone');
  shared.write('laptop', 'own', 40);
  await shared.backUp('laptop');
  await shared.forget('laptop', { numbers: [1] });
  await shared.prune('laptop');
  shared.pass(8);
  shared.write('phone', 'fresh', 50, 400_000);
  return shared;
}

/** What the laptop does meanwhile: days pass, snapshots go, everything that can be deleted is. */
async function meddle(shared: SharedStore): Promise<void> {
  await shared.prune('laptop', { maxUnusedFraction: 0 });
  shared.write('laptop', 'more', 60);
  await shared.backUp('laptop');
  // What the phone compares with, and what it may have forgotten itself by now.
  for (const number of [2, 3]) {
    await shared.forget('laptop', { numbers: [number] }).catch((error: { code?: string }) => {
      assert.equal(error.code, 'snapshot-missing');
    });
  }
  await shared.prune('laptop', { maxUnusedFraction: 0 });
  shared.pass(8);
  await shared.prune('laptop', { maxUnusedFraction: 0 });
  shared.pass(8);
  await shared.prune('laptop', { maxUnusedFraction: 0 });
}

/** The same, but tables and packs stay as they are: only what is marked goes. */
async function meddleLittle(shared: SharedStore): Promise<void> {
  await shared.prune('laptop', { maxUnusedFraction: 1 });
  shared.pass(8);
  await shared.prune('laptop', { graceMs: 0, maxUnusedFraction: 1 });
}

async function countCalls(test: EndingTest, act: Act): Promise<number> {
  const shared = await prepare(test);
  const store = new FaultStore(shared.store);
  await act(shared, store);
  return store.calls.length;
}

/** Numbers of calls, spread evenly, the last among them. */
function* chooseCalls(calls: number): Iterable<number> {
  const stride = Math.max(1, Math.floor(calls / CALLS_TRIED));
  for (let nth = calls; nth > 0; nth -= stride) yield nth;
}

describe('two devices at one store', () => {
  for (const [name, act] of Object.entries(ACTS)) {
    test(`${name} is held up while another device prunes all it can`, async (t) => {
      const calls = await countCalls(t, act);
      const tries = [...chooseCalls(calls)].flatMap((nth) =>
        [meddle, meddleLittle].map((meanwhile) => ({ nth, meanwhile })),
      );
      for (const { nth, meanwhile } of tries) {
        const shared = await prepare(t);
        const release = Promise.withResolvers<void>();
        const store = new FaultStore(shared.store, [
          { nth, fault: { kind: 'hold', until: release.promise } },
        ]);
        let hasEnded = false;
        const done = act(shared, store)
          .then(
            () => null,
            (error: unknown) => error,
          )
          .finally(() => {
            hasEnded = true;
          });
        while (store.calls.length < nth && !hasEnded) await setTimeout(1);
        await meanwhile(shared);
        release.resolve();
        const error = await done;
        const code = (error as { code?: string } | null)?.code;
        // The snapshot that was to be forgotten may be gone already.
        const isFine = error === null || code === 'snapshot-missing' || code === 'object-missing';
        assert.ok(isFine, `held at call ${nth}: ${String(error)}`);
        await shared.assertAllRestore();
        // And so it stays once everything has been deleted that can be.
        shared.pass(8);
        await shared.prune('laptop', { maxUnusedFraction: 0 });
        shared.pass(8);
        await shared.prune('laptop');
        await shared.assertAllRestore();
      }
    });

    for (const kind of ['fail', 'fail-after'] as const) {
      test(`${name} is cut off, ${kind === 'fail' ? 'before' : 'after'} any of its calls has reached the store`, async (t) => {
        const calls = await countCalls(t, act);
        for (const nth of chooseCalls(calls)) {
          const shared = await prepare(t);
          const fault: Fault = { kind, code: 'store-denied' };
          const cut = new FaultStore(shared.store, [
            { nth, times: Number.POSITIVE_INFINITY, fault },
          ]);
          await act(shared, cut).catch(() => undefined);
          await shared.assertAllRestore();
          await meddle(shared);
          await shared.assertAllRestore();
          const again = act(shared, new FaultStore(shared.store));
          await again.catch((error: { code?: string }) => {
            assert.equal(error.code, 'snapshot-missing');
          });
          await shared.assertAllRestore();
        }
      });
    }
  }

  test('two prunes at once lose nothing', async (t) => {
    const shared = await prepare(t);
    const options = { graceMs: 0, maxUnusedFraction: 0 };
    for (let round = 0; round < 3; round++) {
      await Promise.all([shared.prune('phone', options), shared.prune('laptop', options)]);
      await shared.assertAllRestore();
    }
  });

  test('a prune, a backup and a forget at once lose nothing', async (t) => {
    const shared = await prepare(t);
    for (let round = 0; round < 3; round++) {
      shared.write('phone', `round-${round}`, 70 + round);
      await Promise.all([
        shared.prune('laptop', { graceMs: 0, maxUnusedFraction: 0 }),
        shared.backUp('phone'),
        shared.forget('tablet', { last: 1 }),
      ]);
      await shared.assertAllRestore();
    }
  });
});
