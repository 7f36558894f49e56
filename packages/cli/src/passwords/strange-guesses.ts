/** Guesses that the person of this device did not make. */
import type { LogEntry } from '@holdfast/core/vault-protocol';

/**
 * Those that were not proved, and are of no attempt of this device.
 *
 * @param attempts Of this device, in hex.
 */
export function strangeGuesses(
  entries: readonly LogEntry[],
  attempts: readonly string[],
): readonly LogEntry[] {
  const idOf = ({ attemptId }: LogEntry): string => attemptId?.toHex() ?? '';
  const proofs = entries.filter(({ what }) => what === 'proof');
  const known = new Set([...attempts, ...proofs.map(idOf)]);
  return entries.filter((entry) => entry.what === 'guess' && !known.has(idOf(entry)));
}
