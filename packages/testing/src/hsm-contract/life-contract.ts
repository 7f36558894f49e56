import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import type { Hsm } from '@holdfast/vault/hsm';
import { GENERATOR, multiply } from './elements.ts';
import { hsmForGroup, type MakeHsm } from './hsm-under-test.ts';

const MESSAGE = new TextEncoder().encode('a serving key');

/** Identity, many calls at once, and the end. */
export function testLife(makeHsm: MakeHsm): void {
  describe('an HSM', () => {
    const subject = hsmForGroup(makeHsm);

    test('signs as its identity, which is its own and stays', async () => {
      const { hsm, other, openAgain } = subject.current;
      assert.equal(hsm.identity.length, 32);
      for (const message of [MESSAGE, Uint8Array.of(0), new Uint8Array(10_000)]) {
        const signature = await hsm.sign(message);
        assert.equal(signature.length, 64);
        assert.ok(nodeCrypto.ed25519Verify(hsm.identity, message, signature));
        assert.ok(!nodeCrypto.ed25519Verify(other.identity, message, signature));
      }
      const again = await openAgain();
      assert.deepEqual(again.identity, hsm.identity);
      assert.deepEqual(await again.sign(MESSAGE), await hsm.sign(MESSAGE));
      await again.close();
    });

    test('serves many calls at once, none of which gets the answer of another', async () => {
      const { hsm } = subject.current;
      const keys = await Promise.all(Array.from({ length: 8 }, () => hsm.makeKey(1)));
      const answers = await Promise.all(keys.map((key) => hsm.evaluate(key, GENERATOR)));
      assert.equal(new Set(answers.map((answer) => answer.toHex())).size, keys.length);
      await Promise.all(
        Array.from({ length: 120 }, async (_, index) => {
          const [key, answer] = [keys[index % 8], answers[index % 8]];
          assert.ok(key !== undefined && answer !== undefined);
          const scalar = BigInt(index + 2);
          const [evaluated, opened, signature] = await Promise.all([
            hsm.evaluate(key, multiply(GENERATOR, scalar)),
            hsm.seal(MESSAGE, Uint8Array.of(index)).then((sealed) => hsm.open(MESSAGE, sealed)),
            hsm.sign(Uint8Array.of(index)),
          ]);
          assert.deepEqual(evaluated, multiply(answer, scalar));
          assert.deepEqual(opened, Uint8Array.of(index));
          assert.ok(nodeCrypto.ed25519Verify(hsm.identity, Uint8Array.of(index), signature));
        }),
      );
    });

    test('finishes the calls under way when it is closed, and takes no more', async () => {
      const { hsm: stays, openAgain } = subject.current;
      const hsm = await openAgain();
      const wrapped = await hsm.makeKey(1);
      const underWay = Array.from({ length: 20 }, () => hsm.evaluate(wrapped, GENERATOR));
      await Promise.all([hsm.close(), hsm.close()]);
      for (const answer of await Promise.all(underWay)) assert.equal(answer.length, 33);
      const calls: ((closed: Hsm) => Promise<unknown>)[] = [
        (closed) => closed.sign(MESSAGE),
        (closed) => closed.makeKey(1),
        (closed) => closed.evaluate(wrapped, GENERATOR),
        (closed) => closed.rewrap(wrapped, 1),
        (closed) => closed.seal(MESSAGE, MESSAGE),
        (closed) => closed.open(MESSAGE, MESSAGE),
        (closed) => closed.wrappingKeys(),
        (closed) => closed.destroyWrappingKeysBefore(1),
      ];
      for (const call of calls) await assert.rejects(call(hsm), TypeError);
      await hsm.close();
      assert.equal((await stays.evaluate(wrapped, GENERATOR)).length, 33);
    });
  });
}
