import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { testStoreContract } from '@holdfast/testing/store-contract';
import { openStore as openClaimingStore } from './_claiming-store.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

function testFileStore(
  name: string,
  open: (url: string) => Promise<Store>,
  openerFile: string,
): void {
  const openerModule = import.meta.resolve(openerFile);
  const makeStore = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-store-'));
    const { href } = pathToFileURL(folder);
    const store = await open(href);
    return {
      store,
      openAgain: () => open(href),
      destroy: async () => {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  };
  testStoreContract(name, makeStore, { openerModule });
}

testFileStore('FileStore', openStore, './open-store.ts');
testFileStore('FileStore without hard links', openClaimingStore, './_claiming-store.ts');
