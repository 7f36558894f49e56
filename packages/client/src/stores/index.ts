export { resolveRange } from './byte-range.ts';
export { throwIfCancelled } from './cancelled.ts';
export { CountingStore, type StoreCounts } from './counting-store.ts';
export { FileStore, type FileStoreOptions } from './file-store.ts';
export { greetProvider, type ProviderGreeting } from './greet-provider.ts';
export { assertNamePrefix, assertObjectName } from './object-name.ts';
export { lookAtPlace, type OpenStoreOptions, openStore } from './open-store.ts';
export { ProviderStore, type ProviderStoreOptions } from './provider-store.ts';
export { RetryingStore, type RetryOptions } from './retrying-store.ts';
export type {
  ByteRange,
  GetOptions,
  ObjectInfo,
  Store,
  StoreAccess,
  StoreAccount,
  StoreCallOptions,
  StoreOwner,
  StoreUsage,
} from './store.ts';
