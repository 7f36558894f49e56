/** Has vaults hear of rotations that they have not heard of (spec/vault-protocol.md §12.3, 7). */
import { HoldfastError } from '@holdfast/core/errors';
import {
  type Acquaintance,
  isRefusal,
  type OwnerLine,
  type TellPorts,
  tellOwner,
  type VaultClient,
} from '@holdfast/core/vault-protocol';

/** A vault that did not know the owner when it was asked. */
export interface ToldVault {
  readonly client: VaultClient;
  /** How it knows the backup now; null when it did not answer, which whoever asks it next is told. */
  readonly told: Acquaintance | null;
}

/**
 * Tells those that said, unsigned, that they know nothing of the backup.
 *
 * @param asked As the present owner.
 * @throws {HoldfastError} what the store throws.
 */
export async function tellVaultsOwner(
  ports: TellPorts,
  asked: readonly { readonly client: VaultClient; readonly failure: unknown }[],
  owner: Pick<OwnerLine, 'before'>,
): Promise<readonly ToldVault[]> {
  if ((owner.before ?? []).length === 0) return [];
  return await Promise.all(
    asked.filter(isRefusal).map(async ({ client }) => {
      try {
        return { client, told: await tellOwner(ports, client, owner) };
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.code === 'cancelled') throw error;
        return { client, told: null };
      }
    }),
  );
}
