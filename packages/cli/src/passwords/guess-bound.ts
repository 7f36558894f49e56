/** How many guesses an attacker has who may ask all vaults (spec/vault-protocol.md §13). */
import { greetVault, type TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { needEach } from './need-each.ts';

/**
 * By the limits that the vaults say they keep.
 *
 * @throws {HoldfastError} `vaults-unreachable` when one does not answer; `vault-untrusted` when it is another.
 */
export async function guessBound(
  vaults: readonly TrustedVault[],
  t: number,
  signal: AbortSignal,
): Promise<number> {
  const limits = await Promise.all(
    vaults.map(async (vault) => await guessLimit(vault, signal).catch(needEach(vault.url))),
  );
  return Math.floor(limits.reduce((sum, limit) => sum + limit, 0) / t);
}

async function guessLimit({ url, identity }: TrustedVault, signal: AbortSignal): Promise<number> {
  const greeting = await greetVault(url, { signal });
  if (equalBytes(greeting.identity, identity)) return greeting.guessLimit;
  const state = 'it is another vault than the one that is meant';
  throw new HoldfastError('vault-untrusted', `Cannot use the vault at ${url}: ${state}`);
}
