/**
 * The HSM behind any PKCS#11 library (OASIS PKCS#11 2.40; spec/vault-protocol.md §11), on a token that
 * `initPkcs11Hsm()` has set up.
 */
import type { Secret } from '@holdfast/core/secret';
import type { Hsm, WrappingKeys } from '../hsm.ts';
import { OpenCalls } from '../open-calls.ts';
import { HsmThreads } from './hsm-threads.ts';
import type { TokenPlace } from './token-session.ts';

export interface Pkcs11Options extends TokenPlace {
  /** Of the token's user; taken over. */
  readonly userPin: Secret;
  /** Most sessions at once, each in a thread of its own; 2 if not given. */
  readonly sessions?: number;
  /** How long a call may take; 10 seconds if not given. */
  readonly timeoutMs?: number;
}

const SESSIONS = 2;
const TIMEOUT_MS = 10_000;

/**
 * Logs in, and tries on a throw-away key what an attacker would.
 *
 * @throws {HoldfastError} `hsm-unusable` when the token is not there, not set up, refuses the PIN, or does
 *   not keep its keys.
 */
export async function openPkcs11Hsm(options: Pkcs11Options): Promise<Hsm> {
  const { library, token, userPin, sessions = SESSIONS, timeoutMs = TIMEOUT_MS } = options;
  const threads = new HsmThreads({ library, token }, userPin, { sessions, timeoutMs });
  try {
    return new Pkcs11Hsm(threads, (await threads.call('identity')) as Uint8Array);
  } catch (error) {
    await threads.end();
    throw error;
  }
}

class Pkcs11Hsm implements Hsm {
  readonly identity: Uint8Array;
  readonly #threads: HsmThreads;
  readonly #calls = new OpenCalls('HSM');

  constructor(threads: HsmThreads, identity: Uint8Array) {
    this.#threads = threads;
    this.identity = identity;
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    return this.#call('sign', message);
  }

  makeKey(wrappingKey: number): Promise<Uint8Array> {
    return this.#call('makeKey', wrappingKey);
  }

  evaluate(wrapped: Uint8Array, element: Uint8Array): Promise<Uint8Array> {
    return this.#call('evaluate', wrapped, element);
  }

  rewrap(wrapped: Uint8Array, wrappingKey: number): Promise<Uint8Array> {
    return this.#call('rewrap', wrapped, wrappingKey);
  }

  seal(context: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.#call('seal', context, plaintext);
  }

  open(context: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | null> {
    return this.#call('open', context, sealed);
  }

  wrappingKeys(): Promise<WrappingKeys> {
    return this.#call('wrappingKeys');
  }

  destroyWrappingKeysBefore(number: number): Promise<void> {
    return this.#call('destroyWrappingKeysBefore', number);
  }

  async close(): Promise<void> {
    if (await this.#calls.end()) await this.#threads.end();
  }

  async #call<T>(method: Exclude<keyof Hsm, 'identity'>, ...args: readonly unknown[]): Promise<T> {
    return (await this.#calls.run(() => this.#threads.call(method, ...args))) as T;
  }
}
