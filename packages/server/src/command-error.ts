/** An error that this program raises itself, with its own advice on what to do next. */
import { type ErrorCode, HoldfastError } from '@holdfast/core/errors';

export class CommandError extends HoldfastError {
  /** One sentence for the second line of the message. */
  readonly nextStep: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly nextStep?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, 'cause' in options ? { cause: options.cause } : {});
    this.nextStep = options.nextStep;
  }
}

/** @returns an error of exit code 2. */
export function usageError(message: string, nextStep?: string): CommandError {
  return new CommandError('usage', message, nextStep === undefined ? {} : { nextStep });
}
