/** Where a password is removed: at all vaults that may have a part of it, or where --vault says. */
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import type { EndedVault } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import { recallPassword } from '../places/password-memory.ts';
import { namedVaults } from './choose-vaults.ts';
import type { PasswordPlace } from './password-place.ts';

export interface RemovalPlaces {
  readonly vaults: readonly TrustedVault[];
  /** Whether --vault said where, so that something may be left at others. */
  readonly isPart: boolean;
  /** Leaves out vaults that did not answer, if nothing says that they ever had a part. */
  concerned(ended: readonly EndedVault[]): readonly EndedVault[];
}

/**
 * @param known Vaults of the recovery sheet, and all that this device trusts.
 * @throws {HoldfastError} `usage` when --vault names one that is not known.
 */
export async function removalPlaces(
  { options, signal }: Invocation,
  { store, folders, backupId }: PasswordPlace,
  known: readonly TrustedVault[],
): Promise<RemovalPlaces> {
  const vaults = await namedVaults(options, known);
  if (options.has('vault')) return { vaults, isPart: true, concerned: (ended) => ended };
  const { namedVaults: vaultsOfRecords } = await import('@holdfast/client/passwords');
  const named = await vaultsOfRecords(store, backupId, { signal });
  const { seen } = await recallPassword(folders, backupId);
  const isNamed = (identity: Uint8Array): boolean =>
    seen.has(identity.toHex()) || named.some((other) => equalBytes(other, identity));
  return {
    ...{ vaults, isPart: false },
    concerned: (ended) =>
      ended.filter(({ failure, identity }) => failure === null || isNamed(identity)),
  };
}
