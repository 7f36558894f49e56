/** Errors that say that stored bytes are missing, wrong, or not to be understood. */
import { HoldfastError } from '@holdfast/core/errors';

const CODES: ReadonlySet<string> = new Set(['damaged', 'object-missing', 'format-too-new']);

/** Whether what is stored is at fault, so that something else may still be read. */
export function isDamage(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && CODES.has(error.code);
}

/** The error, when it says that stored bytes are missing or wrong; else it is thrown on. */
export function asDamage(error: unknown): HoldfastError {
  if (isDamage(error)) return error;
  throw error;
}
