import { describe } from 'node:test';
import { testEvaluations } from './evaluation-contract.ts';
import type { MakeHsm } from './hsm-under-test.ts';
import { testLife } from './life-contract.ts';
import { testStates } from './state-contract.ts';
import { testWrapping } from './wrapping-contract.ts';

/**
 * Registers the tests that every HSM must pass (spec/vault-protocol.md §11).
 *
 * @param name Of the implementation, as the report shall show it.
 */
export function testHsmContract(name: string, makeHsm: MakeHsm): void {
  describe(`${name} keeps the HSM contract:`, () => {
    testEvaluations(makeHsm);
    testWrapping(makeHsm);
    testStates(makeHsm);
    testLife(makeHsm);
  });
}
