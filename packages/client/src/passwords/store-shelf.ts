/** Password records and their certificates in a store (spec/vault-protocol.md §3). */
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { RecordShelf } from '@holdfast/core/vault-protocol';
import {
  COMMIT_PREFIX,
  certificateName,
  RECORD_PREFIX,
  recordName,
  versionOf,
} from '../repository/object-names.ts';
import type { Store } from '../stores/store.ts';

export function storeShelf(store: Store, signal?: AbortSignal): RecordShelf {
  const options = { signal };
  return {
    async listVersions() {
      const versions = new Set<number>();
      for (const prefix of [RECORD_PREFIX, COMMIT_PREFIX]) {
        for await (const { name } of store.list(`${prefix}password-`, options)) {
          const version = versionOf('password', name);
          if (version !== null) versions.add(version);
        }
      }
      return [...versions];
    },
    getRecord: async (version) => await getOrNull(recordName('password', version)),
    getCertificate: async (version) => await getOrNull(certificateName('password', version)),
    putRecord: async (version, bytes) => await putNew(recordName('password', version), bytes),
    putCertificate: async (version, bytes) =>
      await putNew(certificateName('password', version), bytes),
  };

  /** What is damaged counts as missing: vaults have it, too. */
  async function getOrNull(name: string): Promise<Uint8Array | null> {
    try {
      return await store.get(name, options);
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'damaged') return null;
      throw error;
    }
  }

  async function putNew(name: string, bytes: Uint8Array): Promise<boolean> {
    if ((await store.put(name, bytes, options)) === 'stored') return true;
    const there = await store.get(name, options);
    return there !== null && equalBytes(there, bytes);
  }
}
