export { assertHolds } from './assert-holds.ts';
export type { MakeRecords, RecordsUnderTest } from './records-under-test.ts';
export { testRecordStoreContract } from './test-record-store-contract.ts';
