import { describe } from 'node:test';
import { testReads } from './get-contract.ts';
import { testListings } from './list-contract.ts';
import { testProcesses } from './process-contract.ts';
import { testPuts } from './put-contract.ts';
import { testRefusals } from './refusal-contract.ts';
import type { MakeStore } from './store-under-test.ts';

export interface StoreContractOptions {
  /**
   * URL of a module that exports `openStore(url)`. With it, child processes open the store by its
   * `url`, race each other and are killed in the midst of puts. Left out by stores that live in one
   * process.
   */
  readonly openerModule?: string;
}

/**
 * Registers the tests that every store must pass (spec/store-contract.md).
 *
 * @param name Of the implementation, as the report shall show it.
 */
export function testStoreContract(
  name: string,
  makeStore: MakeStore,
  { openerModule }: StoreContractOptions = {},
): void {
  describe(`${name} keeps the store contract:`, () => {
    testPuts(makeStore);
    testReads(makeStore);
    testListings(makeStore);
    testRefusals(makeStore);
    if (openerModule !== undefined) {
      testProcesses(makeStore, openerModule);
    }
  });
}
