/**
 * Whether vaults know a newer state than the store shows, before anything relies on it
 * (spec/vault-protocol.md §12.3).
 */
import type { Backup } from '@holdfast/client';
import type { TrustedVault } from '@holdfast/client/vaults';
import type { AskedWitness } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import { commandError } from '../command-error.ts';
import { formatDate } from '../terminal/quantities.ts';
import { warningTexts } from './witness-texts.ts';

export interface ConfirmOptions {
  /** Those that this device trusts. */
  readonly vaults: readonly TrustedVault[];
  /** Goes on with what the store shows. */
  readonly acceptsStale: boolean;
  /** How the person says that it shall, in a sentence. */
  readonly howToAccept: string;
}

export interface Confirmation {
  /** None when this device trusts no vault. */
  readonly witnesses: readonly AskedWitness[];
  /** Whether the person goes past what vaults hold and the store does not lead to. */
  readonly isStale: boolean;
}

/** @throws {HoldfastError} `stale`; what the store throws. */
export async function confirmNewest(
  backup: Backup,
  { output, signal }: Invocation,
  { vaults, acceptsStale, howToAccept }: ConfirmOptions,
): Promise<Confirmation> {
  if (vaults.length === 0) return { witnesses: [], isStale: false };
  const client = await import('@holdfast/client/witnesses');
  const witnesses = await client.compareWithWitnesses(backup, { vaults, signal });
  for (const text of warningTexts(witnesses)) output.warn(text);
  const stale = client.staleError(backup, witnesses);
  if (stale !== null && !acceptsStale) {
    const shown = formatDate(backup.state.headState.atMs);
    const nextStep = `What it shows was written on ${shown}. Is it the right disk, and no older copy? ${howToAccept}`;
    throw commandError('stale', stale.message, { nextStep, cause: stale });
  }
  for (const { number } of client.goPast(backup, witnesses)) {
    output.warn(`Going past state ${number}, which a vault holds and the store does not show`);
  }
  return { witnesses, isStale: stale !== null };
}
