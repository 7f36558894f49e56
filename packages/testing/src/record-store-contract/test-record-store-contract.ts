import { describe } from 'node:test';
import { testCommits } from './commit-contract.ts';
import { testListings } from './listing-contract.ts';
import { testParts } from './parts-contract.ts';
import { testProcesses } from './process-contract.ts';
import { testRaces } from './race-contract.ts';
import type { MakeRecords } from './records-under-test.ts';
import { testRefusals } from './refusal-contract.ts';
import type { Opener } from './start-committing.ts';

/**
 * Registers the tests that every record store must pass.
 *
 * @param name Of the implementation, as the report shall show it.
 * @param opener For child processes.
 */
export function testRecordStoreContract(
  name: string,
  makeRecords: MakeRecords,
  opener: Opener,
): void {
  describe(`${name} keeps the record store contract:`, () => {
    testCommits(makeRecords);
    testParts(makeRecords);
    testListings(makeRecords);
    testRaces(makeRecords);
    testRefusals(makeRecords);
    testProcesses(makeRecords, opener);
  });
}
