export type { MakeMetadata, MetadataUnderTest } from './metadata-under-test.ts';
export { testMetadataContract } from './test-metadata-contract.ts';
