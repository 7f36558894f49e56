import { startLocalProvider } from '@holdfast/testing/local-provider';
import { testStoreContract } from '@holdfast/testing/store-contract';
import { openStore } from './_opened-provider.ts';
import { isObjectName } from './object-name.ts';

/** The contract is about any objects; which of them are Holdfast's is for the provider's own tests. */
const ANYTHING = {
  what: 'sealed',
  isLength: () => true,
  hashHex: null,
  isDeletable: true,
} as const;

testStoreContract(
  'ProviderStore',
  async () => {
    const provider = await startLocalProvider({
      kindOf: (name) => (isObjectName(name) ? ANYTHING : null),
    });
    const store = await openStore(provider.origin);
    return {
      store,
      openAgain: () => openStore(provider.origin),
      destroy: async () => {
        await store.close();
        await provider[Symbol.asyncDispose]();
      },
    };
  },
  { openerModule: import.meta.resolve('./_opened-provider.ts') },
);
