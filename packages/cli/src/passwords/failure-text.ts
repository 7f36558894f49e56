/** Why a vault does not take part, in words. */
import { HoldfastError } from '@holdfast/core/errors';

export function failureText(url: string, failure: unknown): string {
  if (!(failure instanceof HoldfastError)) return `The vault at ${url} does not take part`;
  if (failure.code === 'cancelled') return `The vault at ${url} did not answer in time`;
  if (failure.code === 'vault-untrusted') {
    return `ANOTHER VAULT ANSWERS at ${url} than the one that is meant, or somebody in between: it is left out`;
  }
  if (failure.code === 'not-authorised') {
    return `The vault at ${url} says that it knows nothing of this backup`;
  }
  return failure.message.replace(/^Cannot (reach|use) the vault/, 'Without the vault');
}

/** The same where it goes on after it. */
export function silenceText(url: string, failure: unknown): string {
  const isSilent = failure instanceof HoldfastError && failure.code === 'vaults-unreachable';
  return isSilent ? `The vault at ${url} does not answer` : failureText(url, failure);
}
