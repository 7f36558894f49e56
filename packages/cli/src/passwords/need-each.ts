/** A new password needs each of its vaults once, since each gets a part of it. */
import { HoldfastError } from '@holdfast/core/errors';
import { commandError } from '../command-error.ts';
import { silenceText } from './failure-text.ts';

export const NEED_EACH =
  'Each vault gets a part of a new password, so nothing was changed. Wait until it answers, or name the others with --vault.';

/** @returns What rethrows with what to do. */
export function needEach(url: string): (failure: unknown) => never {
  return (failure) => {
    if (!(failure instanceof HoldfastError) || failure.code === 'cancelled') throw failure;
    throw commandError(failure.code, `Cannot set the password. ${silenceText(url, failure)}`, {
      cause: failure,
      nextStep: NEED_EACH,
    });
  };
}
