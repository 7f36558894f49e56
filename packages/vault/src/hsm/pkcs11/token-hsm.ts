/**
 * The HSM port on a token, in one thread that waits for each of its answers.
 *
 * What a token that was away, restarted or logged out answers makes for one new session, with all
 * checks of a start; a PIN that it refuses is not tried again, lest it lock itself.
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
import { unwrapError } from '../wrapped-key.ts';
import { CKM, cryptokiCode, cryptokiName, isLost, isSessionGone, isWrongPin } from './cryptoki.ts';
import { deriveX, withNewKey, withUnwrapped } from './oprf-calls.ts';
import { expandInToken, tokenCrypto } from './state-key.ts';
import { tryAttacks } from './token-attacks.ts';
import { findMarks, findTokenKeys, markNewest, type TokenKeys } from './token-keys.ts';
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

  makeKey(): Promise<Uint8Array> {
    return this.#use((connection) =>
      withNewKey(connection.session, (key, publicKey) => wrap(connection, key, publicKey)),
    );
  }

  evaluate(wrapped: Uint8Array, element: Uint8Array): Promise<Uint8Array> {
    return this.#use(({ session, keys, expand }) => {
      const blinded = decodeElement(element);
      const { number, publicKey, blob } = decodeOprfKey(expand, wrapped);
      const plan = planEvaluation(blinded, publicKey);
      if (plan instanceof Uint8Array) return plan;
      return withUnwrapped(session, wrappingKeyOf(keys, number), blob, (key) =>
        plan.settle(deriveX(session, key, blinded), deriveX(session, key, plan.second)),
      );
    });
  }

  rewrap(wrapped: Uint8Array): Promise<Uint8Array> {
    return this.#use((connection) => {
      const { session, keys, expand } = connection;
      const { number, publicKeyBytes, blob } = decodeOprfKey(expand, wrapped);
      return withUnwrapped(session, wrappingKeyOf(keys, number), blob, (key) =>
        wrap(connection, key, publicKeyBytes),
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
    return this.#use((connection) => {
      const newest = newestNumber(connection);
      const numbers = [...connection.keys.wrappingKeys.keys()];
      const older = numbers.filter((number) => number < newest);
      return { newest, older, left: numbers.length - older.length - 1 };
    });
  }

  async nextWrappingKey(): Promise<number> {
    // The officer may have made more since this connection looked.
    this.#drop();
    return this.#use((connection) => {
      const newest = newestNumber(connection);
      const next = [...connection.keys.wrappingKeys.keys()].find((number) => number > newest);
      if (next === undefined) {
        throw unusable('no wrapping key is left: let the security officer make more');
      }
      markNewest(connection.session, next);
      return next;
    });
  }

  destroyWrappingKeysBefore(number: number): Promise<void> {
    return this.#use((connection) => {
      const newest = newestNumber(connection);
      if (!(number <= newest)) {
        throw new RangeError(`"number" must be at most ${newest}: got ${number}`);
      }
      for (const [older, key] of connection.keys.wrappingKeys) {
        if (older < number) connection.session.destroy(key);
      }
      this.#drop();
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
        if (isLost(error)) {
          if (isSessionGone(error)) this.#connection = null;
          this.#drop();
          if (!isLastTry) continue;
        }
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

/** Wraps a key of the session under the newest wrapping key. */
function wrap(connection: Connection, key: Handle, publicKey: Uint8Array): Uint8Array {
  const { session, keys, expand } = connection;
  const number = newestNumber(connection);
  const blob = session.wrap(wrappingKeyOf(keys, number), key);
  return encodeOprfKey(expand, number, publicKey, blob);
}

/** @throws {HoldfastError} `damaged` when the token has it no more. */
function wrappingKeyOf({ wrappingKeys }: TokenKeys, number: number): Handle {
  const key = wrappingKeys.get(number);
  if (key === undefined) throw unwrapError();
  return key;
}

/** Asks the token, since another node may have moved on. */
function newestNumber({ session, keys }: Connection): number {
  const number = Math.max(...findMarks(session).keys());
  if (!keys.wrappingKeys.has(number)) throw unusable('its newest wrapping key is not there');
  return number;
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
