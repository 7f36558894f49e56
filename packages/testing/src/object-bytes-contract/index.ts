export {
  type ObjectBytesUnderTest,
  testObjectBytesContract,
} from './test-object-bytes-contract.ts';
