import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Store } from '@holdfast/client/store';

/** An empty store to test. */
export interface StoreUnderTest {
  readonly store: Store;

  /** Opens the same place once more, as another process would. */
  openAgain(): Promise<Store>;

  /** Closes the store and clears away all it held. */
  destroy(): Promise<void>;
}

/** Makes a store that holds nothing yet; called once per group of tests. */
export type MakeStore = () => Promise<StoreUnderTest>;

/**
 * One store for a group of tests, made before the first and destroyed after the last. Tests keep
 * apart by the first part of their objects' names.
 */
export function storeForGroup(makeStore: MakeStore): { readonly current: StoreUnderTest } {
  let made: StoreUnderTest | undefined;
  before(async () => {
    made = await makeStore();
  });
  after(async () => {
    await made?.destroy();
  });
  return {
    get current() {
      assert.ok(made !== undefined, 'the store is made before the first test');
      return made;
    },
  };
}
