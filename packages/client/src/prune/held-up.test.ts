/** Whatever another device does while one is held up at a call, all snapshots stay whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { ACTS, MEDDLING, prepare, tryCalls } from '../fixture/two-devices.ts';

test('a device is held up while another prunes all it can', async (t) => {
  const shared = await prepare(t, (nowMs) => new MemoryStore({ nowMs }));
  for (const [name, one] of Object.entries(ACTS)) {
    await t.test(`at any call of ${name}`, () =>
      tryCalls(shared, one, MEDDLING, async (nth, meddle) => {
        const release = Promise.withResolvers<void>();
        const store = new FaultStore(shared.store, [
          { nth, fault: { kind: 'hold', until: release.promise } },
        ]);
        let hasEnded = false;
        const done = one
          .act(shared, store)
          .then(
            () => null,
            (error: unknown) => error,
          )
          .finally(() => {
            hasEnded = true;
          });
        while (store.calls.length < nth && !hasEnded) await setTimeout(1);
        await meddle(shared);
        release.resolve();
        const error = await done;
        const code = (error as { code?: string } | null)?.code;
        // The snapshot that was to be forgotten may be gone already.
        assert.ok(error === null || code === 'snapshot-missing', `at call ${nth}: ${error}`);
        await shared.assertAllRead();
        // And so it stays once everything has been deleted that can be.
        shared.pass(8);
        await shared.prune('laptop', { maxUnusedFraction: 0 });
        shared.pass(8);
        await shared.prune('laptop');
        await shared.assertAllRead();
      }),
    );
  }
});
