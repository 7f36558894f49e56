export type { MakeStore, StoreUnderTest } from './store-under-test.ts';
export { type StoreContractOptions, testStoreContract } from './test-store-contract.ts';
