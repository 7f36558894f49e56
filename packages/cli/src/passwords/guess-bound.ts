/** How many guesses an attacker has who may ask all vaults (spec/vault-protocol.md §13). */
import { greetVault, type TrustedVault } from '@holdfast/client/vaults';

/** By the limits that the vaults say they keep. @throws {HoldfastError} when one does not answer. */
export async function guessBound(
  vaults: readonly TrustedVault[],
  t: number,
  signal: AbortSignal,
): Promise<number> {
  const greetings = await Promise.all(vaults.map(({ url }) => greetVault(url, { signal })));
  const all = greetings.reduce((sum, { guessLimit }) => sum + guessLimit, 0);
  return Math.floor(all / t);
}
