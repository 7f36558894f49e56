/** What came of removing a password, in words. */
import type { EndedVault } from '@holdfast/core/vault-protocol';
import { commandError } from '../command-error.ts';
import { formatDuration } from '../terminal/quantities.ts';
import { silenceText } from './failure-text.ts';

export interface RemovalOutcome {
  /** Nothing is left at any vault, or nothing will be when its time has come. */
  readonly isAll: boolean;
  /** Until what could not be removed at once is gone; 0 when nothing waits. */
  readonly dueInMs: number;
  readonly warnings: readonly string[];
  readonly result: string;
}

export interface RemovedPassword {
  /** Whether only some vaults were to remove it. */
  readonly isPart: boolean;
  /** Whether it was typed, so that it went at once. */
  readonly isTyped: boolean;
  /** How many vaults bring the key back. */
  readonly t: number;
}

/**
 * @param ended Of vaults that may have a part of the password.
 * @throws {HoldfastError} `password-missing` when there was none; `vaults-unreachable` when those that did not
 *   answer could know of one.
 */
export function removalOutcome(
  ended: readonly EndedVault[],
  { isPart, isTyped, t }: RemovedPassword,
): RemovalOutcome {
  const silent = ended.filter(({ failure }) => failure !== null);
  const waits = ended.flatMap(({ status }) => status?.records.map(({ dueInMs }) => dueInMs) ?? []);
  const dueInMs = Math.max(0, ...waits);
  if (dueInMs === 0 && ended.every((vault) => vault.ended === 0)) throw nothingRemoved(silent);
  const warnings = silent.map(
    ({ name, failure }) =>
      `${silenceText(name, failure)}: it keeps its part of the password. Once it does: holdfast password remove --forgotten`,
  );
  const result =
    dueInMs > 0
      ? waitingText(dueInMs, isTyped, ended)
      : `${goneText(ended, silent)}${isPart ? '' : restText(silent.length, t)}`;
  return { isAll: silent.length === 0, dueInMs, warnings, result };
}

function goneText(ended: readonly EndedVault[], silent: readonly EndedVault[]): string {
  const gone = ended.filter((vault) => vault.ended > 0).map(({ name }) => name);
  if (silent.length === 0 && ended.length > 1) return 'The vaults have destroyed what they kept';
  return gone.length === 1
    ? `The vault at ${gone[0]} has destroyed what it kept`
    : `The vaults at ${gone.join(', ')} have destroyed what they kept`;
}

function restText(left: number, t: number): string {
  if (left === 0) return ': only the 64-digit key opens the backup now';
  return left < t
    ? '. What is left opens nothing: only the 64-digit key opens the backup now'
    : '. The password still works at the others';
}

function waitingText(dueInMs: number, isTyped: boolean, ended: readonly EndedVault[]): string {
  const time = formatDuration(dueInMs);
  if (isTyped)
    return `The password is removed; one before it, which was not typed, goes in ${time}`;
  const isFrozen = ended.some(
    ({ status }) => status?.state === 'frozen' || status?.state === 'locked-out',
  );
  return isFrozen
    ? `The password goes in ${time}; after too many wrong guesses it can't be typed any more, and so can't cancel that`
    : `The password goes in ${time}; until then it works, and can cancel that: holdfast password cancel`;
}

function nothingRemoved([first]: readonly EndedVault[]): Error {
  if (first === undefined) {
    return commandError('password-missing', 'Cannot remove the password: none is set');
  }
  const state = silenceText(first.name, first.failure);
  const message = `Cannot tell whether a password is set. ${state}`;
  return commandError('vaults-unreachable', message, {
    cause: first.failure,
    nextStep: 'The vaults that answer have none. Run this again later.',
  });
}
