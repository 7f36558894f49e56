/** The limits that a vault's settings ask for. */
import { DEFAULT_LIMITS, type VaultLimits } from '@holdfast/core/vault-protocol';
import { usageError } from '../command-error.ts';
import type { VaultSettings } from '../settings/vault-settings.ts';

export type LimitSettings = Pick<
  VaultSettings,
  'guessLimit' | 'lifetimeLimit' | 'replacementDelay'
>;

const HOUR_MS = 3600 * 1000;

/** @throws {HoldfastError} `usage` when they contradict each other. */
export function limitsOf({
  guessLimit,
  lifetimeLimit,
  replacementDelay,
}: LimitSettings): VaultLimits {
  const guesses = guessLimit ?? DEFAULT_LIMITS.guesses;
  const lifetime = lifetimeLimit ?? DEFAULT_LIMITS.lifetime;
  if (lifetime < guesses) {
    throw usageError('Cannot use --lifetime-limit: it must not be less than --guess-limit');
  }
  const { replacementDelayMs: leastMs } = DEFAULT_LIMITS;
  const delayMs = replacementDelay === undefined ? leastMs : replacementDelay * HOUR_MS;
  return { guesses, lifetime, replacementDelayMs: delayMs };
}
