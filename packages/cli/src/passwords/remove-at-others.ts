/** Ends what vaults have that a new password leaves out (spec/vault-protocol.md §12.1, step 5). */
import type { TrustedVault } from '@holdfast/client/vaults';
import type { ReplacedPassword } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import type { PasswordPlace } from './password-place.ts';
import { failureText } from './try-password.ts';

/** @param kept Vaults of the new password. @param old The password that they had. */
export async function removeAtOthers(
  { output, signal }: Invocation,
  { vaults, rootKey }: PasswordPlace,
  kept: readonly TrustedVault[],
  old: ReplacedPassword,
): Promise<void> {
  const others = vaults.filter((vault) => !kept.includes(vault));
  if (others.length === 0) return;
  const { removeAllPasswords } = await import('@holdfast/client/passwords');
  const options = { vaults: others, rootKey, accountCode: null, signal };
  for (const { name, ended, failure } of await removeAllPasswords(old, options)) {
    if (ended > 0) output.aside(`${name} destroyed what it kept`);
    else if (failure !== null) {
      output.warn(`${failureText(name, failure)}: what it keeps of the old password stays there`);
    }
  }
}
