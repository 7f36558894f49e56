import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { MetadataStore } from '@holdfast/provider/metadata';

/** An empty database to test. */
export interface MetadataUnderTest {
  readonly metadata: MetadataStore;
  /** Opens the same database once more, as another process or node would. */
  openAgain(): Promise<MetadataStore>;
  /** Closes the database and clears away all it held. */
  destroy(): Promise<void>;
}

/** Makes a database that holds nothing yet; called once per group of tests. */
export type MakeMetadata = () => Promise<MetadataUnderTest>;

/** One database for a group of tests, which keep apart by their accounts. */
export function metadataForGroup(makeMetadata: MakeMetadata): {
  readonly current: MetadataUnderTest;
} {
  let made: MetadataUnderTest | undefined;
  before(async () => {
    made = await makeMetadata();
  });
  after(async () => {
    await made?.destroy();
  });
  return {
    get current() {
      assert.ok(made !== undefined, 'the database is made before the first test');
      return made;
    },
  };
}
