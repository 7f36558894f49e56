import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { RecordStore } from '@holdfast/vault/records';

/** An empty record store to test. */
export interface RecordsUnderTest {
  readonly records: RecordStore;

  /** Where it is, as the opener takes it. */
  readonly place: unknown;

  /** Opens the same place once more, as another node would. */
  openAgain(): Promise<RecordStore>;

  /** Closes the store and clears away all it held. */
  destroy(): Promise<void>;
}

/** Makes a record store that holds nothing yet; called once per group of tests. */
export type MakeRecords = () => Promise<RecordsUnderTest>;

/** One record store for a group of tests, made before the first and destroyed after the last. */
export function recordsForGroup(makeRecords: MakeRecords): { readonly current: RecordsUnderTest } {
  let made: RecordsUnderTest | undefined;
  before(async () => {
    made = await makeRecords();
  });
  after(async () => {
    await made?.destroy();
  });
  return {
    get current() {
      assert.ok(made !== undefined, 'the record store is made before the first test');
      return made;
    },
  };
}
