/** What asking a person's vaults takes: their links, and the owner's keys. */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import type { Secret } from '@holdfast/core/secret';
import type { ClientContext, VaultLink } from '@holdfast/core/vault-protocol';
import { makeVaultLink, type TrustedVault, type VaultHttpOptions } from '../vaults/index.ts';

export interface VaultsOptions extends VaultHttpOptions {
  readonly vaults: readonly TrustedVault[];
  /** 16 bytes; needed for guesses, and for a first password. */
  readonly accountCode: Secret | null;
  readonly now?: () => number;
}

export function contextOf(
  backupId: Uint8Array,
  { now = Date.now }: Pick<VaultsOptions, 'now'>,
): ClientContext {
  return { crypto: nodeCrypto, now, backupId };
}

export function linksOf(options: VaultsOptions): readonly VaultLink[] {
  return options.vaults.map((vault) => makeVaultLink(vault, options.accountCode, options));
}
