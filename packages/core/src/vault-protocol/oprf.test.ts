/** Runs vectors/vault-protocol/oprf.json: RFC 9497's for P256-SHA256, and elements to refuse. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { p256_oprf } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { assertElement, blindInput, finalizeOutput } from './oprf.ts';

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

interface OprfVectors {
  readonly given: { readonly secretKey: string };
  readonly cases: readonly {
    readonly name: string;
    readonly input: string;
    readonly blind: string;
    readonly blindedElement: string;
    readonly evaluatedElement: string;
    readonly output: string;
  }[];
  readonly failures: readonly {
    readonly name: string;
    readonly code: string;
    readonly element: string;
  }[];
}

const url = new URL('../../../../vectors/vault-protocol/oprf.json', import.meta.url);
const vectors: OprfVectors = JSON.parse(readFileSync(url, 'utf8'));
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text);

/** Random bytes of which the library makes just this scalar: it takes them modulo n − 1, plus 1. */
function bytesFor(scalar: string): (lengthBytes: number) => Uint8Array {
  const wanted = ((BigInt(`0x${scalar}`) - 1n) % (ORDER - 1n)).toString(16);
  return (lengthBytes) => hex(wanted.padStart(2 * lengthBytes, '0'));
}

for (const vector of vectors.cases) {
  test(`the function gives what RFC 9497 says: ${vector.name}`, () => {
    const input = hex(vector.input);
    const { blind, element } = blindInput(input, bytesFor(vector.blind));
    assert.equal(blind.toHex(), vector.blind);
    assert.equal(element.toHex(), vector.blindedElement);
    const evaluated = p256_oprf.oprf.blindEvaluate(hex(vectors.given.secretKey), element);
    assert.equal(evaluated.toHex(), vector.evaluatedElement);
    assert.equal(finalizeOutput(input, blind, evaluated).toHex(), vector.output);
  });
}

for (const { name, code, element } of vectors.failures) {
  test(`an element is refused that is ${name}`, () => {
    assert.throws(() => assertElement(hex(element)), { code });
    const { blind } = blindInput(new Uint8Array(32), nodeCrypto.randomBytes);
    assert.throws(() => finalizeOutput(new Uint8Array(32), blind, hex(element)), { code });
  });
}

test('the value does not depend on the blind, which hides the input', () => {
  const { secretKey } = p256_oprf.oprf.generateKeyPair();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (input) => {
      const outputs = [0, 1].map(() => {
        const { blind, element } = blindInput(input, nodeCrypto.randomBytes);
        const evaluated = p256_oprf.oprf.blindEvaluate(secretKey, element);
        return {
          element: element.toHex(),
          output: finalizeOutput(input, blind, evaluated).toHex(),
        };
      });
      assert.notEqual(outputs[0]?.element, outputs[1]?.element);
      assert.equal(outputs[0]?.output, outputs[1]?.output);
    }),
    { numRuns: 10 },
  );
});
