import { ERROR_CODES, type ErrorCode, type Remedy } from './error-codes.ts';

/** Facts that callers act on; never parsed out of the message. */
export interface ErrorDetails {
  /** Rows of the 64-digit key that hold a typing error, counted from 1. */
  readonly rows?: readonly number[];
  /** Guesses at a password that are left before the vaults freeze it. */
  readonly guessesLeft?: number;
  /** Until vaults take the next guess, in milliseconds. */
  readonly waitMs?: number;
  /** Name of the stored object at fault. */
  readonly objectName?: string;
  /** Whether that object is the head that a device remembers, or stands between it and the newest. */
  readonly isRemembered?: true;
}

/**
 * Anything that can happen to good code: one class, told apart by `code`.
 *
 * Messages read `Cannot <action>: <state>` and never hold content, passwords or keys; `cause` keeps
 * the original and never crosses the network.
 */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: ErrorDetails } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    this.details = options.details ?? {};
  }

  /** Exit code of the command line. */
  get exitCode(): number {
    return ERROR_CODES[this.code].exitCode;
  }

  /** Status of an HTTP answer. */
  get httpStatus(): number {
    return ERROR_CODES[this.code].httpStatus;
  }

  get remedy(): Remedy {
    return ERROR_CODES[this.code].remedy;
  }
}
