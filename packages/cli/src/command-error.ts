/** An error that the command line raises itself, with its own advice on what to do next. */
import { type ErrorCode, type ErrorDetails, HoldfastError } from '@holdfast/core/errors';

export class CommandError extends HoldfastError {
  /** One sentence for the second line of the message. */
  readonly nextStep: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { nextStep?: string; cause?: unknown; details?: ErrorDetails } = {},
  ) {
    const { nextStep, ...rest } = options;
    super(code, message, rest);
    this.nextStep = nextStep;
  }
}

/** @returns an error to throw. */
export function commandError(
  code: ErrorCode,
  message: string,
  options: { nextStep?: string; cause?: unknown; details?: ErrorDetails } = {},
): CommandError {
  return new CommandError(code, message, options);
}

/** @returns an error of exit code 2. */
export function usageError(message: string, nextStep?: string): CommandError {
  return new CommandError('usage', message, nextStep === undefined ? {} : { nextStep });
}
