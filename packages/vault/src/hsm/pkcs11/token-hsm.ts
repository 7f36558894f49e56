/**
 * The HSM port on a token, in one thread that waits for each of its answers.
 *
 * What a token that was away, restarted or logged out answers makes for one new session, with all
 * checks of a start, and so does a wrapping key that was made since; a PIN that it refuses is not tried
 * again, lest it lock itself.
 */
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import { openBox, sealBox } from '@holdfast/core/wire';
import type { Handle } from 'pkcs11js';
import type { WrappingKeys } from '../hsm.ts';
import { decodeElement } from '../p256.ts';
import { planEvaluation } from '../plan-evaluation.ts';
import { missingKeyError, unwrapError } from '../wrapped-key.ts';
import { CKM, cryptokiCode, cryptokiName, isLost, isSessionGone, isWrongPin } from './cryptoki.ts';
import { deriveX, withNewKey, withUnwrapped } from './oprf-calls.ts';
import { expandInToken, tokenCrypto } from './state-key.ts';
import { tryAttacks } from './token-attacks.ts';
import { findTokenKeys, findWrappingKeys, type TokenKeys } from './token-keys.ts';
import { openTokenSession, type TokenPlace, type TokenSession } from './token-session.ts';
import { decodeOprfKey, type Expand, encodeOprfKey } from './wrapped-oprf-key.ts';

const STATE_PURPOSE = 'hsm-state';
/** Stands where a key would, which is the token's. */
const NO_KEY = new Uint8Array();

/** A session with what it found and checked. */
interface Connection {
  readonly session: TokenSession;
  readonly keys: TokenKeys;
  readonly expand: Expand;
}

export class TokenHsm {
  readonly #place: TokenPlace;
  readonly #pin: Secret;
  #connection: Connection | null = null;
  /** Of the first connection: a token put in its place later is another. */
  #identity: Uint8Array | null = null;
  #refusal: HoldfastError | null = null;

  constructor(place: TokenPlace, pin: Secret) {
    this.#place = place;
    this.#pin = pin;
  }

  /** Once it is, no call does anything any more. */
  get isPinRefused(): boolean {
    return this.#refusal !== null;
  }

  identity(): Promise<Uint8Array> {
    return this.#use(({ keys }) => keys.identity);
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    return this.#use((connection) => signAsIdentity(connection, message));
  }

  makeKey(wrappingKey: number): Promise<Uint8Array> {
    return this.#use((connection) =>
      withNewKey(connection.session, (key, publicKey) =>
        wrap(connection, wrappingKey, key, publicKey),
      ),
    );
  }

  evaluate(wrapped: Uint8Array, element: Uint8Array): Promise<Uint8Array> {
    return this.#use(({ session, keys, expand }) => {
      const blinded = decodeElement(element);
      const { number, publicKey, blob } = decodeOprfKey(expand, wrapped);
      const plan = planEvaluation(blinded, publicKey);
      if (plan instanceof Uint8Array) return plan;
      return withUnwrapped(session, unwrappingKey(keys, number), blob, (key) =>
        plan.settle(deriveX(session, key, blinded), deriveX(session, key, plan.second)),
      );
    });
  }

  rewrap(wrapped: Uint8Array, wrappingKey: number): Promise<Uint8Array> {
    return this.#use((connection) => {
      const { session, keys, expand } = connection;
      const { number, publicKeyBytes, blob } = decodeOprfKey(expand, wrapped);
      return withUnwrapped(session, unwrappingKey(keys, number), blob, (key) =>
        wrap(connection, wrappingKey, key, publicKeyBytes),
      );
    });
  }

  seal(context: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.#use(({ session, keys }) =>
      sealBox(tokenCrypto(session, keys.stateKey), NO_KEY, STATE_PURPOSE, context, plaintext),
    );
  }

  open(context: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | null> {
    return this.#use(({ session, keys }) =>
      openBox(tokenCrypto(session, keys.stateKey), NO_KEY, STATE_PURPOSE, context, sealed),
    );
  }

  wrappingKeys(): Promise<WrappingKeys> {
    return this.#use(({ session }) => {
      const numbers = findWrappingKeys(session);
      const [first] = numbers.keys();
      if (first === undefined) throw unusable('it has no wrapping key');
      let last = first;
      while (numbers.has(last + 1)) last++;
      return { first, last };
    });
  }

  destroyWrappingKeysBefore(number: number): Promise<void> {
    return this.#use(({ session }) => {
      const wrappingKeys = [...findWrappingKeys(session)];
      const last = wrappingKeys.at(-1)?.[0] ?? 0;
      if (!(number <= last)) {
        throw new RangeError(`"number" must be at most ${last}: got ${number}`);
      }
      const before = wrappingKeys.filter(([other]) => other < number);
      for (const [, key] of before) session.destroy(key);
      // Its handles are found anew.
      if (before.length > 0) this.#drop();
    });
  }

  /** Closes the session. The process stays logged in as long as another is open. */
  close(): void {
    this.#drop();
    this.#pin.wipe();
  }

  async #use<T>(call: (connection: Connection) => T | Promise<T>): Promise<T> {
    for (let isLastTry = false; ; isLastTry = true) {
      try {
        this.#connection ??= await this.#connect();
        return await call(this.#connection);
      } catch (error) {
        if (isLost(error) || error instanceof LaterKey) {
          if (isSessionGone(error)) this.#connection = null;
          this.#drop();
          if (!isLastTry) continue;
        }
        if (error instanceof LaterKey) throw error.cause;
        throw cryptokiCode(error) === null
          ? error
          : unusable(`the token answers ${cryptokiName(error)}`, error);
      }
    }
  }

  async #connect(): Promise<Connection> {
    if (this.#refusal !== null) throw this.#refusal;
    const session = await openTokenSession(this.#place);
    try {
      session.login('user', this.#pin);
      const keys = findTokenKeys(session);
      const expand: Expand = (purpose, context) =>
        expandInToken(session, keys.stateKey, purpose, context);
      const connection = { session, keys, expand };
      for (const key of keys.wrappingKeys.values()) tryAttacks(session, key);
      assertSignsAs(connection, this.#identity ?? keys.identity);
      this.#identity = keys.identity;
      return connection;
    } catch (error) {
      attemptClose(session);
      if (isWrongPin(error)) {
        this.#refusal = unusable(`the token refuses the PIN: ${cryptokiName(error)}`, error);
        throw this.#refusal;
      }
      throw error;
    }
  }

  #drop(): void {
    if (this.#connection !== null) attemptClose(this.#connection.session);
    this.#connection = null;
  }
}

/** @throws {HoldfastError} `hsm-unusable` when the token has no such wrapping key. */
function wrap(
  { session, keys, expand }: Connection,
  number: number,
  key: Handle,
  publicKey: Uint8Array,
): Uint8Array {
  const wrappingKey = keys.wrappingKeys.get(number);
  if (wrappingKey === undefined) throw unknownKey(keys, number, missingKeyError(number));
  return encodeOprfKey(expand, number, publicKey, session.wrap(wrappingKey, key));
}

/** @throws {HoldfastError} `damaged` when the token has it no more. */
function unwrappingKey(keys: TokenKeys, number: number): Handle {
  const key = keys.wrappingKeys.get(number);
  if (key === undefined) throw unknownKey(keys, number, unwrapError());
  return key;
}

/** A later one may have been made since this connection looked. */
function unknownKey({ wrappingKeys }: TokenKeys, number: number, error: HoldfastError): Error {
  return number > Math.max(...wrappingKeys.keys()) ? new LaterKey(error) : error;
}

class LaterKey extends Error {
  declare readonly cause: HoldfastError;

  constructor(cause: HoldfastError) {
    super('"number" must be that of a wrapping key that was there', { cause });
  }
}

function signAsIdentity({ session, keys, expand }: Connection, message: Uint8Array): Uint8Array {
  if (keys.identityKey !== null) {
    return new Uint8Array(session.sign(CKM.EDDSA, keys.identityKey, message));
  }
  const seed = expand('hsm-identity', NO_KEY);
  const signature = nodeCrypto.ed25519Sign(seed, message);
  seed.fill(0);
  return signature;
}

function assertSignsAs(connection: Connection, identity: Uint8Array): void {
  const message = new TextEncoder().encode('holdfast/v1/hsm-check');
  const signature = signAsIdentity(connection, message);
  const isSame = equalBytes(connection.keys.identity, identity);
  if (!isSame || !nodeCrypto.ed25519Verify(identity, message, signature)) {
    throw unusable('its identity is another than before');
  }
}

function attemptClose(session: TokenSession): void {
  try {
    session.close();
  } catch (error) {
    // Of a token that is gone, the session has gone, too.
    if (cryptokiCode(error) === null) throw error;
  }
}

function unusable(state: string, cause?: unknown): HoldfastError {
  const options = cause === undefined ? {} : { cause };
  return new HoldfastError('hsm-unusable', `Cannot use the HSM: ${state}`, options);
}
