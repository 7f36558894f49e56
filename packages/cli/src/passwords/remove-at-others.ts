/** Ends what vaults have that a new password leaves out (spec/vault-protocol.md §12.1, step 5). */
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import type { Invocation } from '../command.ts';
import { formatDuration } from '../terminal/quantities.ts';
import { silenceText } from './failure-text.ts';
import type { OldPassword } from './old-password.ts';
import type { PasswordPlace } from './password-place.ts';

/**
 * At once where the old password was typed, else after their delay.
 *
 * @param known Vaults whose addresses are known.
 * @param kept Those of the new password.
 */
export async function removeAtOthers(
  { output, signal }: Invocation,
  { store, rootKey }: PasswordPlace,
  { record, replaced }: OldPassword,
  {
    known,
    kept,
  }: { readonly known: readonly TrustedVault[]; readonly kept: readonly TrustedVault[] },
): Promise<void> {
  const isIn = (vaults: readonly { identity: Uint8Array }[], { identity }: TrustedVault): boolean =>
    vaults.some((other) => equalBytes(other.identity, identity));
  const had = record?.body.vaults ?? [];
  const others = known.filter((vault) => isIn(had, vault) && !isIn(kept, vault));
  if (others.length === 0) return;
  const { removeAllPasswords } = await import('@holdfast/client/passwords');
  const options = { vaults: others, store, rootKey, accountCode: null, signal };
  for (const { name, ended, status, failure } of await removeAllPasswords(replaced, options)) {
    const dueInMs = Math.max(0, ...(status?.records.map((one) => one.dueInMs) ?? []));
    if (dueInMs > 0) {
      output.aside(`${name} destroys what it keeps in ${formatDuration(dueInMs)}`);
    } else if (ended > 0) output.aside(`${name} destroyed what it kept`);
    else if (failure !== null) {
      output.warn(
        `${silenceText(name, failure)}: it keeps its part of the old password. Once it does: holdfast password remove --forgotten --vault ${name}`,
      );
    }
  }
}
