import { testStoreContract } from '../store-contract/index.ts';
import { MemoryStore } from './memory-store.ts';

testStoreContract('MemoryStore', async () => {
  const store = new MemoryStore();
  return { store, openAgain: async () => store, destroy: () => store.close() };
});
