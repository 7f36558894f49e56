/** Opens a provider's store for the owner whose keys follow from its address; a test's child processes load it. */
import { createHash } from 'node:crypto';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { ProviderStore, type ProviderStoreOptions } from './provider-store.ts';
import type { Store } from './store.ts';

export async function openStore(url: string, options?: ProviderStoreOptions): Promise<Store> {
  const seed = (of: string): Secret =>
    new Secret(new Uint8Array(createHash('sha256').update(`${of} at ${url}`).digest()));
  const [ownerSeed, providerAuthSeed] = [seed('owner'), seed('auth')];
  const ownerPublicKey = await nodeCrypto.ed25519PublicKey(ownerSeed.bytes());
  const headPublicKey = await nodeCrypto.ed25519PublicKey(seed('head').bytes());
  const owner = { ownerSeed, providerAuthSeed, ownerPublicKey, headPublicKey };
  const store = new ProviderStore(url, options);
  await store.account.actAs({ kind: 'owner', owner, create: { invite: null } });
  return store;
}
