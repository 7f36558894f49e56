/** Why a password brought no key, and what to do next, in words. */
import { HoldfastError } from '@holdfast/core/errors';
import { commandError } from '../command-error.ts';
import { countOf, formatDuration } from '../terminal/quantities.ts';

/** With what to do next, where there is something. */
export function explainTry(error: unknown): unknown {
  if (!(error instanceof HoldfastError)) return error;
  const { code, message, details } = error;
  const nextStep = nextStepOf(error);
  return nextStep === null
    ? error
    : commandError(code, message, { cause: error, details, nextStep });
}

const NEWEST_SHEET =
  'Is it the newest sheet? Another goes with a password that was set for other vaults, or without the one before.';
const KEY_OPENS = 'The 64-digit key still opens the backup: holdfast recover';

function nextStepOf({ code, details, cause }: HoldfastError): string | null {
  const { guessesLeft, waitMs } = details;
  if (code === 'wrong-password') return guessesText({ details });
  const isRefused = cause instanceof HoldfastError && cause.code === 'not-authorised';
  if (code === 'password-missing' || isRefused) return `${NEWEST_SHEET} ${KEY_OPENS}`;
  if (code !== 'locked-out') return null;
  if (waitMs === undefined) return KEY_OPENS;
  const time = formatDuration(waitMs);
  if (guessesLeft === 0) return `In ${time} they destroy what they keep. ${KEY_OPENS}`;
  const left = countOf(guessesLeft ?? 0, 'guess', 'guesses');
  return `The next guess is taken in ${time}; ${left} are left. Nothing is lost by waiting.`;
}

/** How many are left. */
export function guessesText({ details }: Pick<HoldfastError, 'details'>): string {
  const { guessesLeft = 0 } = details;
  if (guessesLeft === 0) return 'That was the last guess: the vaults take no more.';
  const are = guessesLeft === 1 ? 'is' : 'are';
  return `${countOf(guessesLeft, 'guess', 'guesses')} ${are} left before the vaults destroy what they keep; the right password gives them back.`;
}
