/**
 * Proofs of right guesses that a vault has not answered to: this device keeps them, and brings them there when
 * it asks the vaults next (spec/vault-protocol.md §12.2, step 7).
 */
import type { TrustedVault } from '@holdfast/client/vaults';
import type { VaultReport } from '@holdfast/core/vault-protocol';
import type { Folders } from '../places/folders.ts';
import { type KeptProof, recallPassword, rememberPassword } from '../places/password-memory.ts';

/** Longer, no proof is of use: its attempt is forgotten. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

/** Of a recovery that has just ended. */
export function openProofs(reports: readonly VaultReport[], atMs: number): readonly KeptProof[] {
  return reports.flatMap(({ identity, openProof }) =>
    openProof === null ? [] : [{ identity, request: openProof, atMs }],
  );
}

/** @param options Its signal bounds the time. */
export async function deliverKeptProofs(
  { folders, backupId }: { readonly folders: Folders; readonly backupId: Uint8Array },
  options: { readonly vaults: readonly TrustedVault[]; readonly signal: AbortSignal },
  nowMs: number,
): Promise<void> {
  const { proofs } = await recallPassword(folders, backupId);
  if (proofs.length === 0) return;
  const { deliverProofs } = await import('@holdfast/client/passwords');
  const fresh = proofs.filter(({ atMs }) => nowMs - atMs < KEPT_MS);
  const open = await deliverProofs(backupId, fresh, options);
  if (open.length === proofs.length) return;
  try {
    await rememberPassword(folders, backupId, { proofs: open });
  } catch {
    // They are sent once more then, which changes nothing.
  }
}
