export type { HsmUnderTest, MakeHsm } from './hsm-under-test.ts';
export { testHsmContract } from './test-hsm-contract.ts';
