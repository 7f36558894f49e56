/** Has vaults hear of rotations that they have not heard of (spec/vault-protocol.md §12.3, 7). */
import { HoldfastError } from '@holdfast/core/errors';
import {
  type Acquaintance,
  clientsOf,
  type OwnerKeys,
  tellOwner,
} from '@holdfast/core/vault-protocol';
import { contextOf, linksOf, type VaultsOptions } from './ask-vaults.ts';

/** How each vault then knows the backup; null when it did not answer. */
export async function tellVaultsOwner(
  owner: Pick<OwnerKeys, 'backupId' | 'ownerSeed' | 'before'>,
  options: VaultsOptions,
): Promise<readonly (Acquaintance | null)[]> {
  if ((owner.before ?? []).length === 0) return [];
  const clients = clientsOf(linksOf(options), contextOf(owner.backupId, options));
  return await Promise.all(
    clients.map(async (client) => {
      try {
        return await tellOwner(client, owner);
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.code === 'cancelled') throw error;
        // Whoever asks it next is told why.
        return null;
      }
    }),
  );
}
