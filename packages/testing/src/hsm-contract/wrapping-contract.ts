import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wrappingKeyOf } from '@holdfast/vault/hsm';
import { GENERATOR, multiply } from './elements.ts';
import { hsmForGroup, type MakeHsm } from './hsm-under-test.ts';

const DAMAGED = { name: 'HoldfastError', code: 'damaged' };
const UNUSABLE = { name: 'HoldfastError', code: 'hsm-unusable' };
const ELEMENT = multiply(GENERATOR, 11n);

/** The keys that wrap: one after the other, and destroyed for good. */
export function testWrapping(makeHsm: MakeHsm): void {
  describe('a wrapping key', () => {
    const subject = hsmForGroup(makeHsm);

    test('wraps what it is told to, and what another wrapped again', async () => {
      const { hsm } = subject.current;
      const { first, last } = await hsm.wrappingKeys();
      assert.ok(first === 1 && last >= first + 2);
      const wrapped = await hsm.makeKey(first);
      const answer = await hsm.evaluate(wrapped, ELEMENT);
      assert.equal(wrappingKeyOf(wrapped), first);
      for (const number of [first + 1, first + 2, first]) {
        const rewrapped = await hsm.rewrap(wrapped, number);
        assert.equal(wrappingKeyOf(rewrapped), number);
        assert.deepEqual(await hsm.evaluate(rewrapped, ELEMENT), answer);
        assert.equal(wrappingKeyOf(await hsm.makeKey(number)), number);
      }
      assert.deepEqual(await hsm.evaluate(wrapped, ELEMENT), answer);
      assert.deepEqual(await hsm.wrappingKeys(), { first, last });
    });

    test('that is not there wraps nothing', async () => {
      const { hsm } = subject.current;
      const { last } = await hsm.wrappingKeys();
      const wrapped = await hsm.makeKey(1);
      for (const number of [0, last + 1, 1.5, Number.NaN]) {
        await assert.rejects(hsm.makeKey(number), UNUSABLE);
        await assert.rejects(hsm.rewrap(wrapped, number), UNUSABLE);
      }
    });

    test('takes with it what it wrapped when it is destroyed, at every node', async () => {
      const { hsm, openAgain } = subject.current;
      const node = await openAgain();
      const { first, last } = await hsm.wrappingKeys();
      const wrapped = await hsm.makeKey(first);
      assert.equal((await node.evaluate(wrapped, ELEMENT)).length, 33);
      const rewrapped = await node.rewrap(wrapped, first + 1);

      for (const _ of ['once', 'again']) await hsm.destroyWrappingKeysBefore(first + 1);
      await hsm.destroyWrappingKeysBefore(first);
      const later = await openAgain();
      for (const one of [hsm, node, later]) {
        assert.deepEqual(await one.wrappingKeys(), { first: first + 1, last });
        await assert.rejects(one.evaluate(wrapped, ELEMENT), DAMAGED);
        await assert.rejects(one.rewrap(wrapped, first + 1), DAMAGED);
        await assert.rejects(one.makeKey(first), UNUSABLE);
      }
      const answers = await Promise.all(
        [hsm, node, later].map((one) => one.evaluate(rewrapped, ELEMENT)),
      );
      assert.equal(new Set(answers.map((answer) => answer.toHex())).size, 1);
      await node.close();
      await later.close();
    });

    test('is not destroyed while it is the last', async () => {
      const { hsm } = subject.current;
      const { first, last } = await hsm.wrappingKeys();
      const wrapped = await hsm.makeKey(last);
      for (const number of [last + 1, Number.POSITIVE_INFINITY, Number.NaN]) {
        await assert.rejects(hsm.destroyWrappingKeysBefore(number), RangeError);
      }
      assert.deepEqual(await hsm.wrappingKeys(), { first, last });
      await hsm.destroyWrappingKeysBefore(last);
      assert.equal((await hsm.wrappingKeys()).first, last);
      assert.equal((await hsm.evaluate(wrapped, ELEMENT)).length, 33);
    });
  });
}
