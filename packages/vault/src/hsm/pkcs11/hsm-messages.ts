/** What is said between the HSM's main thread and those that wait for the token. */
import type { ErrorCode } from '@holdfast/core/errors';
import type { TokenHsm } from './token-hsm.ts';
import type { TokenPlace } from './token-session.ts';

export interface ThreadSetup {
  readonly place: TokenPlace;
  /** Secret; the thread takes it over. */
  readonly pin: Uint8Array;
}

export type Method = Exclude<keyof TokenHsm, 'isPinRefused'>;

export interface ThreadCall {
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** Errors lose their class between threads. */
export type ThreadAnswer =
  | { readonly result: unknown }
  | {
      readonly code: ErrorCode;
      readonly message: string;
      /** No thread must try the PIN again. */
      readonly isPinRefused: boolean;
    }
  | { readonly outOfRange: string };
