/** Property: two devices that do anything in any order, cut off anywhere, lose no listed snapshot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '@holdfast/core/errors';
import type { FaultRule } from '@holdfast/testing/fault-store';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import fc from 'fast-check';
import { SharedStore } from '../fixture/shared-store.ts';

const device = fc.constantFrom('phone', 'laptop');
/** A call from which on nothing reaches the store, or no answer the device; null for none. */
const cut = fc.option(
  fc.record({
    nth: fc.integer({ min: 1, max: 25 }),
    kind: fc.constantFrom('fail', 'fail-after'),
  }),
  { freq: 3 },
);

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('change'),
      device,
      name: fc.nat(4),
      seed: fc.nat(7),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant('write-database'), device, seed: fc.nat(30) }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('remove'), device, name: fc.nat(4) }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('back-up'), device, cut }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('forget'),
      device,
      last: fc.integer({ min: 1, max: 2 }),
      cut,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('prune'),
      device,
      graceDays: fc.constantFrom(0, 1, 7),
      maxUnusedFraction: fc.constantFrom(0, 0.05, 1),
      cut,
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('rotate-epoch'), device, cut }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('pass'), days: fc.constantFrom(1, 8) }) },
);

/** Steps of a group begin at once. */
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), {
  minLength: 4,
  maxLength: 12,
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function take(shared: SharedStore, one: Step): Promise<void> {
  const cutAt = 'cut' in one ? one.cut : null;
  const rules: FaultRule[] = [];
  if (cutAt !== null) {
    const fault = { kind: cutAt.kind, code: 'store-denied' } as const;
    rules.push({ nth: cutAt.nth, times: Number.POSITIVE_INFINITY, fault: fault as never });
  }
  const store = new FaultStore(shared.store, rules);
  switch (one.act) {
    case 'change':
      return shared.write(one.device, `file-${one.name}`, one.seed, 150_000 + one.seed * 10_000);
    case 'remove':
      return shared.remove(one.device, `file-${one.name}`);
    case 'write-database':
      return shared.writeDatabase(one.device, one.seed);
    case 'pass':
      return shared.pass(one.days);
    case 'back-up':
      await shared.backUp(one.device, store);
      return;
    case 'rotate-epoch':
      await shared.rotateEpoch(one.device, store);
      return;
    case 'forget':
      await shared.forget(one.device, { last: one.last }, store);
      return;
    case 'prune': {
      const { graceDays, maxUnusedFraction } = one;
      const graceMs = graceDays * 86_400_000;
      await shared.prune(one.device, { graceMs, maxUnusedFraction, store });
      return;
    }
  }
}

test('every snapshot on the list stays whole, whatever two devices do in whatever order', async (t) => {
  const property = fc.asyncProperty(history, async (groups) => {
    const shared = await SharedStore.begin(t, (nowMs) => new MemoryStore({ nowMs }));
    for (const name of ['phone', 'laptop']) shared.write(name, 'file-0', 1);
    for (const group of groups) {
      // A device does one thing at a time.
      const acting = new Set<string>();
      const chosen = group.filter((one) => {
        const name = 'device' in one ? one.device : '';
        if (acting.has(name)) return false;
        acting.add(name);
        return true;
      });
      const ends = await Promise.allSettled(chosen.map((one) => take(shared, one)));
      for (const end of ends) {
        if (end.status === 'fulfilled') continue;
        const { reason } = end;
        const isExpected = reason instanceof HoldfastError && reason.code === 'store-denied';
        assert.ok(isExpected, String(reason?.stack ?? reason));
      }
      await shared.assertAllRead();
    }
  });
  await fc.assert(property, { numRuns: process.env.SLOW === '1' ? 300 : 8 });
});
