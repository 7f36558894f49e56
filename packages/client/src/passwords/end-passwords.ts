/** Ends passwords of a backup, and changes of them that are under way (spec/vault-protocol.md §6.7). */
import type { Secret } from '@holdfast/core/secret';
import {
  cancelChanges,
  type EndedVault,
  type ReplacedPassword,
  removePasswords,
} from '@holdfast/core/vault-protocol';
import type { Store } from '../stores/store.ts';
import { contextOf, linksOf, type VaultsOptions } from './ask-vaults.ts';
import { identifyOwner, wipeOwner } from './identify-owner.ts';

export interface EndPasswordOptions extends VaultsOptions {
  readonly store: Store;
  readonly rootKey: Secret;
}

/**
 * Removes all that the vaults have: at once what `typed` proves, the rest after their delay.
 *
 * @param typed The password that was typed and worked, or null.
 */
export async function removeAllPasswords(
  typed: ReplacedPassword | null,
  options: EndPasswordOptions,
): Promise<readonly EndedVault[]> {
  const owner = await identifyOwner(options.store, options.rootKey, options.signal);
  try {
    const context = contextOf(owner.backupId, options);
    return await removePasswords({ context, links: linksOf(options) }, owner, typed);
  } finally {
    wipeOwner(owner);
  }
}

/** @param proofSeed Of the password that was typed and worked. */
export async function cancelPasswordChanges(
  proofSeed: Secret,
  options: EndPasswordOptions,
): Promise<readonly EndedVault[]> {
  const owner = await identifyOwner(options.store, options.rootKey, options.signal);
  try {
    const ports = { context: contextOf(owner.backupId, options), links: linksOf(options) };
    return await cancelChanges(ports, owner, { proofSeed: proofSeed.bytes() });
  } finally {
    wipeOwner(owner);
  }
}
