import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Hsm } from '@holdfast/vault/hsm';

/** A fresh HSM to test. */
export interface HsmUnderTest {
  readonly hsm: Hsm;

  /** Another HSM of the same kind, with keys of its own. */
  readonly other: Hsm;

  /** Opens the keys of `hsm` once more, as another node would. */
  openAgain(): Promise<Hsm>;

  /** Closes both and clears away all they held. */
  destroy(): Promise<void>;
}

/** Makes a fresh HSM, with three wrapping keys or more; called once per group of tests. */
export type MakeHsm = () => Promise<HsmUnderTest>;

/** One HSM for a group of tests, made before the first and destroyed after the last. */
export function hsmForGroup(makeHsm: MakeHsm): { readonly current: HsmUnderTest } {
  let made: HsmUnderTest | undefined;
  before(async () => {
    made = await makeHsm();
  });
  after(async () => {
    await made?.destroy();
  });
  return {
    get current() {
      assert.ok(made !== undefined, 'the HSM is made before the first test');
      return made;
    },
  };
}
