/** A phone that is held up or cut off at any of its calls, and a laptop that prunes meanwhile. */
import assert from 'node:assert/strict';
import { type MakeStore, SharedStore } from '../fixture/shared-store.ts';
import { CountingStore, type Store } from '../stores/index.ts';

export interface Act {
  /** What is new on the phone beforehand. */
  readonly change: (shared: SharedStore) => void;
  readonly act: (shared: SharedStore, store: Store) => Promise<unknown>;
  /** How many of its calls are tried; all of them with SLOW=1. */
  readonly callsTried: number;
}

const nothing = (): void => undefined;

/** What the phone does, in this order: what is new on it stays. */
export const ACTS: Readonly<Record<string, Act>> = {
  'a prune': {
    change: nothing,
    act: (shared, store) => shared.prune('phone', { store, maxUnusedFraction: 0 }),
    callsTried: 5,
  },
  'a forget': {
    change: nothing,
    act: (shared, store) => shared.forget('phone', { numbers: [2] }, store),
    callsTried: 3,
  },
  'a backup of little': {
    change: (shared) => shared.makeFolder('phone', 'empty'),
    act: (shared, store) => shared.backUp('phone', store),
    callsTried: 3,
  },
  'a backup': {
    change(shared) {
      // Whose chunks are in marked packs.
      for (let i = 0; i < 3; i++) shared.write('phone', `again-${i}`, i);
      shared.writeDatabase('phone', 3);
    },
    act: (shared, store) => shared.backUp('phone', store),
    callsTried: 2,
  },
};

/** Snapshots 1 to 3 of the phone, 4 of the laptop; 1 is forgotten, its packs marked long ago. */
export async function prepare(
  test: { after(fn: () => void): void },
  makeStore: MakeStore,
): Promise<SharedStore> {
  const shared = await SharedStore.begin(test, makeStore);
  for (let i = 0; i < 6; i++) shared.write('phone', `first-${i}`, i);
  shared.writeDatabase('phone', 0);
  await shared.backUp('phone');
  for (let i = 0; i < 6; i++) shared.remove('phone', `first-${i}`);
  shared.write('phone', 'second', 20, 700_000);
  await shared.backUp('phone');
  shared.write('phone', 'third', 30);
  shared.writeDatabase('phone', 1);
  await shared.backUp('phone');
  shared.write('laptop', 'own', 40);
  await shared.backUp('laptop');
  await shared.forget('laptop', { numbers: [1] });
  await shared.prune('laptop', { maxUnusedFraction: 1 });
  shared.pass(8);
  shared.makeFolder('laptop', 'more');
  return shared;
}

/** What the laptop does: days pass, snapshots go, everything that can be deleted is. */
async function meddle(shared: SharedStore): Promise<void> {
  await shared.prune('laptop', { maxUnusedFraction: 0 });
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

export const MEDDLING = [meddle, meddleLittle] as const;

/**
 * Tries an act anew for calls of it that are spread evenly, the last among them; with SLOW=1, for
 * all its calls and each with all variants.
 */
export async function tryCalls<Variant>(
  shared: SharedStore,
  { change, act, callsTried }: Act,
  variants: readonly Variant[],
  attempt: (nth: number, variant: Variant) => Promise<void>,
): Promise<void> {
  change(shared);
  const reset = await shared.save();
  const store = new CountingStore(shared.store);
  await act(shared, store);
  await reset();
  const { requests } = store.counts;
  const isSlow = process.env.SLOW === '1';
  const stride = isSlow ? 1 : Math.max(1, requests / callsTried);
  let turn = 0;
  for (let nth = requests; nth >= 1; nth -= stride) {
    const chosen = isSlow ? variants : [variants[turn++ % variants.length] as Variant];
    for (const variant of chosen) {
      await attempt(Math.round(nth), variant);
      await reset();
    }
  }
}
