import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { blindInput, finalizeOutput } from '@holdfast/core/vault-protocol';
import fc from 'fast-check';
import { badElements, GENERATOR, multiply, ORDER } from './elements.ts';
import { hsmForGroup, type MakeHsm } from './hsm-under-test.ts';
import { spoilt } from './spoilt.ts';

const DAMAGED = { name: 'HoldfastError', code: 'damaged' };

/** The oblivious function, and what it is not computed with. */
export function testEvaluations(makeHsm: MakeHsm): void {
  describe('evaluate()', () => {
    const subject = hsmForGroup(makeHsm);

    test('multiplies any element by the same scalar', async () => {
      const { hsm } = subject.current;
      const wrapped = await hsm.makeKey(1);
      const ofGenerator = await hsm.evaluate(wrapped, GENERATOR);
      const check = async (scalar: bigint): Promise<void> => {
        const evaluated = await hsm.evaluate(wrapped, multiply(GENERATOR, scalar));
        assert.deepEqual(evaluated, multiply(ofGenerator, scalar), `of ${scalar}`);
      };
      // The generator itself and its negative have an x of their own way; the rest are next to them.
      for (const scalar of [1n, 2n, 3n, 4n, ORDER - 1n, ORDER - 2n, ORDER - 3n]) {
        await check(scalar);
      }
      await fc.assert(fc.asyncProperty(fc.bigInt(1n, ORDER - 1n), check), { numRuns: 40 });
    });

    test('serves the blinded function: its value depends on key and input alone', async () => {
      const { hsm } = subject.current;
      const [input, otherInput] = [new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 4])];
      const [wrapped, otherKey] = [await hsm.makeKey(1), await hsm.makeKey(1)];
      const valueUnder = async (key: Uint8Array, of: Uint8Array): Promise<string> => {
        const { blind, element } = blindInput(of, nodeCrypto.randomBytes);
        return finalizeOutput(of, blind, await hsm.evaluate(key, element)).toHex();
      };
      const value = await valueUnder(wrapped, input);
      assert.equal(await valueUnder(wrapped, input), value);
      assert.notEqual(await valueUnder(wrapped, otherInput), value);
      assert.notEqual(await valueUnder(otherKey, input), value);
    });

    test('answers the same to another node', async () => {
      const { hsm, openAgain } = subject.current;
      const wrapped = await hsm.makeKey(1);
      const again = await openAgain();
      const element = multiply(GENERATOR, 5n);
      assert.deepEqual(
        await again.evaluate(wrapped, element),
        await hsm.evaluate(wrapped, element),
      );
      await again.close();
    });

    test('refuses what is no element', async () => {
      const { hsm } = subject.current;
      const wrapped = await hsm.makeKey(1);
      for (const { name, element } of badElements()) {
        await assert.rejects(hsm.evaluate(wrapped, element), DAMAGED, name);
      }
    });

    test('refuses a wrapped key that was changed, wherever', async () => {
      const { hsm } = subject.current;
      const wrapped = await hsm.makeKey(1);
      for (const changed of spoilt(wrapped)) {
        await assert.rejects(hsm.evaluate(changed, GENERATOR), DAMAGED, changed.toHex());
        await assert.rejects(hsm.rewrap(changed, 1), DAMAGED, changed.toHex());
      }
      assert.equal((await hsm.evaluate(wrapped, GENERATOR)).length, 33);
    });

    test('refuses a key that another HSM wrapped', async () => {
      const { hsm, other } = subject.current;
      const wrapped = await other.makeKey(1);
      await assert.rejects(hsm.evaluate(wrapped, GENERATOR), DAMAGED);
      await assert.rejects(hsm.rewrap(wrapped, 1), DAMAGED);
    });

    test('leaves what it is given as it was', async () => {
      const { hsm } = subject.current;
      const wrapped = await hsm.makeKey(1);
      const element = multiply(GENERATOR, 7n);
      const [wrappedBefore, elementBefore] = [wrapped.slice(), element.slice()];
      await hsm.evaluate(wrapped, element);
      assert.deepEqual([wrapped, element], [wrappedBefore, elementBefore]);
    });
  });
}
