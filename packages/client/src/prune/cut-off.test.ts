/** Wherever a device is cut off, all snapshots stay whole, and what it did can be done again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { ACTS, MEDDLING, prepare, tryCalls } from '../fixture/two-devices.ts';

test('a device is cut off before or after any call', async (t) => {
  const shared = await prepare(t, (nowMs) => new MemoryStore({ nowMs }));
  for (const [name, one] of Object.entries(ACTS)) {
    await t.test(`of ${name}`, () =>
      tryCalls(shared, one, ['fail', 'fail-after'] as const, async (nth, kind) => {
        const fault = { kind, code: 'store-denied' } as const;
        const cut = new FaultStore(shared.store, [{ nth, times: Number.POSITIVE_INFINITY, fault }]);
        await assert.rejects(one.act(shared, cut), { code: 'store-denied' }, `at call ${nth}`);
        await shared.assertAllRead();
        await MEDDLING[0](shared);
        await shared.assertAllRead();
        await one.act(shared, new FaultStore(shared.store)).catch((error: { code?: string }) => {
          assert.equal(error.code, 'snapshot-missing');
        });
        await shared.assertAllRead();
      }),
    );
  }
});
