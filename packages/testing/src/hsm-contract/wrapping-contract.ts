import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wrappingKeyOf } from '@holdfast/vault/hsm';
import { GENERATOR, multiply } from './elements.ts';
import { hsmForGroup, type MakeHsm } from './hsm-under-test.ts';

const DAMAGED = { name: 'HoldfastError', code: 'damaged' };
const ELEMENT = multiply(GENERATOR, 11n);

/** The keys that wrap: one after the other, and destroyed for good. */
export function testWrapping(makeHsm: MakeHsm): void {
  describe('a wrapping key', () => {
    const subject = hsmForGroup(makeHsm);

    test('is followed by the next, and what it wrapped stays usable', async () => {
      const { hsm } = subject.current;
      const before = await hsm.wrappingKeys();
      const wrapped = await hsm.makeKey();
      const answer = await hsm.evaluate(wrapped, ELEMENT);
      assert.equal(wrappingKeyOf(wrapped), before.newest);

      const next = await hsm.nextWrappingKey();
      assert.deepEqual(await hsm.wrappingKeys(), {
        newest: next,
        older: [...before.older, before.newest],
        left: before.left - 1,
      });
      assert.ok(next > before.newest);
      assert.deepEqual(await hsm.evaluate(wrapped, ELEMENT), answer);

      const rewrapped = await hsm.rewrap(wrapped);
      assert.equal(wrappingKeyOf(rewrapped), next);
      assert.deepEqual(await hsm.evaluate(rewrapped, ELEMENT), answer);
      assert.equal(wrappingKeyOf(await hsm.makeKey()), next);
    });

    test('wraps a key of its own again', async () => {
      const { hsm } = subject.current;
      const wrapped = await hsm.makeKey();
      const rewrapped = await hsm.rewrap(wrapped);
      assert.equal(wrappingKeyOf(rewrapped), wrappingKeyOf(wrapped));
      assert.deepEqual(
        await hsm.evaluate(rewrapped, ELEMENT),
        await hsm.evaluate(wrapped, ELEMENT),
      );
    });

    test('takes with it what it wrapped when it is destroyed, at every node', async () => {
      const { hsm, openAgain } = subject.current;
      const node = await openAgain();
      const wrapped = await hsm.makeKey();
      assert.equal((await node.evaluate(wrapped, ELEMENT)).length, 33);
      const next = await hsm.nextWrappingKey();
      const rewrapped = await node.rewrap(wrapped);
      assert.equal(wrappingKeyOf(rewrapped), next);

      await hsm.destroyWrappingKeysBefore(next);
      assert.deepEqual((await hsm.wrappingKeys()).older, []);
      const later = await openAgain();
      for (const one of [hsm, later]) {
        await assert.rejects(one.evaluate(wrapped, ELEMENT), DAMAGED);
        await assert.rejects(one.rewrap(wrapped), DAMAGED);
      }
      await assert.rejects(node.rewrap(wrapped), DAMAGED);
      const answers = await Promise.all(
        [hsm, node, later].map((one) => one.evaluate(rewrapped, ELEMENT)),
      );
      assert.equal(new Set(answers.map((answer) => answer.toHex())).size, 1);
      await node.close();
      await later.close();
    });

    test('is not destroyed while it is the newest', async () => {
      const { hsm } = subject.current;
      const { newest } = await hsm.wrappingKeys();
      const wrapped = await hsm.makeKey();
      for (const number of [newest + 1, Number.POSITIVE_INFINITY, Number.NaN]) {
        await assert.rejects(hsm.destroyWrappingKeysBefore(number), RangeError);
      }
      await hsm.destroyWrappingKeysBefore(newest);
      assert.equal((await hsm.wrappingKeys()).newest, newest);
      assert.equal((await hsm.evaluate(wrapped, ELEMENT)).length, 33);
    });
  });
}
