/** Proofs of right guesses that a vault had not answered to when they were made (spec/vault-protocol.md §12.2, step 7). */
import { equalBytes } from '@holdfast/core/bytes';
import { VaultClient } from '@holdfast/core/vault-protocol';
import { contextOf, linksOf, type VaultsOptions } from './ask-vaults.ts';

/** Holds no secret. */
export interface OpenProof {
  /** Of the vault that it is for. */
  readonly identity: Uint8Array;
  /** Signed. */
  readonly request: Uint8Array;
}

/**
 * Sends them again to those of the vaults that they are for.
 *
 * @returns Those that are still open: nothing that a vault signed came back.
 */
export async function deliverProofs<Proof extends OpenProof>(
  backupId: Uint8Array,
  proofs: readonly Proof[],
  options: Omit<VaultsOptions, 'accountCode'>,
): Promise<readonly Proof[]> {
  const context = contextOf(backupId, options);
  const links = linksOf({ ...options, accountCode: null });
  const open = await Promise.all(
    proofs.map(async (proof) => {
      const link = links.find(({ identity }) => equalBytes(identity, proof.identity));
      if (link === undefined) return [proof];
      try {
        await new VaultClient(link, context).deliver('proof', proof.request);
        return [];
      } catch {
        // Nobody but the vault can say that it knows.
        return [proof];
      }
    }),
  );
  return open.flat();
}
