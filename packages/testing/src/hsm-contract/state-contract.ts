import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hsmForGroup, type MakeHsm } from './hsm-under-test.ts';
import { spoilt } from './spoilt.ts';

const CONTEXT = new TextEncoder().encode('one ledger');

/** Sealed states. */
export function testStates(makeHsm: MakeHsm): void {
  describe('seal() and open()', () => {
    const subject = hsmForGroup(makeHsm);

    test('give back what was sealed, also to another node', async () => {
      const { hsm, openAgain } = subject.current;
      const again = await openAgain();
      for (const lengthBytes of [0, 1, 31, 1000, 65_536]) {
        const plaintext = new Uint8Array(lengthBytes).fill(7);
        for (const context of [CONTEXT, new Uint8Array()]) {
          const sealed = await hsm.seal(context, plaintext);
          assert.deepEqual(await hsm.open(context, sealed), plaintext);
          assert.deepEqual(await again.open(context, sealed), plaintext);
        }
      }
      await again.close();
    });

    test('never give the same bytes twice, nor bytes of the plaintext', async () => {
      const { hsm } = subject.current;
      const plaintext = new Uint8Array(64).fill(0x5a);
      const [one, two] = [await hsm.seal(CONTEXT, plaintext), await hsm.seal(CONTEXT, plaintext)];
      assert.notDeepEqual(one.subarray(-80, -16), two.subarray(-80, -16));
      assert.ok(!one.toHex().includes('5a5a5a5a5a5a'));
    });

    test('answer null for a state that was changed, wherever', async () => {
      const { hsm } = subject.current;
      const sealed = await hsm.seal(CONTEXT, new Uint8Array(20));
      for (const changed of spoilt(sealed)) assert.equal(await hsm.open(CONTEXT, changed), null);
    });

    test('answer null under another context, and to another HSM', async () => {
      const { hsm, other } = subject.current;
      const sealed = await hsm.seal(CONTEXT, new Uint8Array(20));
      for (const context of spoilt(CONTEXT)) assert.equal(await hsm.open(context, sealed), null);
      assert.equal(await other.open(CONTEXT, sealed), null);
    });
  });
}
