import { describe } from 'node:test';
import { testAccounts } from './account-contract.ts';
import type { MakeMetadata } from './metadata-under-test.ts';
import { testObjects } from './object-contract.ts';

/**
 * Registers the tests that every database of a provider must pass.
 *
 * @param name Of the implementation, as the report shall show it.
 */
export function testMetadataContract(name: string, makeMetadata: MakeMetadata): void {
  describe(`${name} keeps the contract of a provider's database:`, () => {
    testAccounts(makeMetadata);
    testObjects(makeMetadata);
  });
}
