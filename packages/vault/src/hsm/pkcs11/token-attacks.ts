/**
 * What somebody who has the service's session could try to get at an OPRF key, tried on a throw-away
 * key before the vault serves (spec/vault-protocol.md §11).
 *
 * PKCS#11 leaves much to the token: one that ignores the unwrap template, or "wrap with trusted", gives
 * every key away.
 */
import { HoldfastError } from '@holdfast/core/errors';
import type { Attribute, Handle } from 'pkcs11js';
import { decodePoint, GENERATOR, integerOf } from '../p256.ts';
import { CKA, CKK, CKM, CKO, cryptokiCode, isLost } from './cryptoki.ts';
import { deriveX, withNewKey, withUnwrapped } from './oprf-calls.ts';
import { OPRF_KEY } from './templates.ts';
import type { TokenSession } from './token-session.ts';

const WEAKER: readonly Attribute[] = [
  { type: CKA.SENSITIVE, value: false },
  { type: CKA.WRAP_WITH_TRUSTED, value: false },
];

/** A key of one's own to wrap with, of which the value shows or may be known. */
const OWN_KEY: readonly Attribute[] = [
  { type: CKA.CLASS, value: CKO.SECRET_KEY },
  { type: CKA.KEY_TYPE, value: CKK.AES },
  { type: CKA.TOKEN, value: false },
  { type: CKA.SENSITIVE, value: false },
  { type: CKA.WRAP, value: true },
];
const NEW_VALUE: Attribute = { type: CKA.VALUE_LEN, value: 32 };
const KNOWN_VALUE: Attribute = { type: CKA.VALUE, value: Buffer.alloc(32, 1) };
const TRUSTED: Attribute = { type: CKA.TRUSTED, value: true };

/** An OPRF key unwrapped as bytes of no kind, which nobody would hold back. */
const AS_BYTES: readonly Attribute[] = [
  { type: CKA.CLASS, value: CKO.SECRET_KEY },
  { type: CKA.KEY_TYPE, value: CKK.GENERIC_SECRET },
  { type: CKA.TOKEN, value: false },
  { type: CKA.SENSITIVE, value: false },
  { type: CKA.EXTRACTABLE, value: true },
];

/** What would make a wrapping key decrypt, or unwrap with any attributes. */
const LOOSER: readonly Attribute[] = [
  { type: CKA.DECRYPT, value: true },
  { type: CKA.UNWRAP_TEMPLATE, value: Buffer.alloc(0) },
];

/**
 * Tries them all with one wrapping key.
 *
 * @throws {HoldfastError} `hsm-unusable` when one works, or a key does not work as it must.
 */
export function tryAttacks(session: TokenSession, wrappingKey: Handle): void {
  withNewKey(session, (key, publicKey) => {
    const blob = session.wrap(wrappingKey, key);
    withUnwrapped(session, wrappingKey, blob, (unwrapped) => {
      assertDerives(session, unwrapped, publicKey);
      refuseIf('an OPRF key shows', leaks(session, unwrapped));
    });
    refuseIf('an OPRF key shows', leaks(session, key));
    refuseIf('a wrapping key shows', leaks(session, wrappingKey));
    tryUnwrapping(session, wrappingKey, blob);
    for (const attribute of LOOSER) {
      withMade(
        session,
        () => session.copy(wrappingKey, [attribute]),
        (copy) => {
          tryUnwrapping(session, copy, blob);
        },
      );
    }
    for (const attribute of WEAKER) {
      refuseIf(
        'a key shows when it is copied with other attributes',
        leaksMade(session, () => session.copy(key, [attribute])),
      );
      attempt(() => session.write(key, attribute));
      refuseIf('a key shows when its attributes are changed', leaks(session, key));
    }
  });
  for (const make of [
    () => session.generateKey(CKM.AES_KEY_GEN, [...OWN_KEY, NEW_VALUE, TRUSTED]),
    () => session.create([...OWN_KEY, KNOWN_VALUE, TRUSTED]),
  ]) {
    refuseIf('anybody can make a trusted key', withMade(session, make, () => true) === true);
  }
}

/** @param wrappingKey Or what a copy of it has become. */
function tryUnwrapping(session: TokenSession, wrappingKey: Handle, blob: Uint8Array): void {
  const templates = WEAKER.flatMap((attribute) => {
    const others = OPRF_KEY.filter(({ type }) => type !== attribute.type);
    return [others, [...others, attribute]];
  });
  for (const template of [...templates, AS_BYTES]) {
    refuseIf(
      'a key shows when it is unwrapped as another',
      leaksMade(session, () => session.unwrap(wrappingKey, blob, template)),
    );
  }
  for (const mechanism of [CKM.AES_ECB, CKM.AES_KEY_WRAP, CKM.AES_KEY_WRAP_PAD]) {
    const begun = attempt(() => session.beginDecryption(mechanism, wrappingKey));
    refuseIf('a wrapping key decrypts', begun !== null);
  }
}

/** Whether the object's value can be read, or wrapped under a key of one's own. */
function leaks(session: TokenSession, object: Handle): boolean {
  if ((attempt(() => session.read(object, CKA.VALUE).length) ?? 0) > 0) return true;
  const own = session.generateKey(CKM.AES_KEY_GEN, [...OWN_KEY, NEW_VALUE]);
  try {
    return attempt(() => session.wrap(own, object)) !== null;
  } finally {
    session.destroy(own);
  }
}

/** Whether the token makes an object that leaks. */
function leaksMade(session: TokenSession, make: () => Handle): boolean {
  return withMade(session, make, (object) => leaks(session, object)) === true;
}

/** Drops the object after use. @returns null when the token does not make it. */
function withMade<T>(
  session: TokenSession,
  make: () => Handle,
  use: (object: Handle) => T,
): T | null {
  const object = attempt(make);
  if (object === null) return null;
  try {
    return use(object);
  } finally {
    session.destroy(object);
  }
}

/** @returns null when the token refuses. */
function attempt<T>(call: () => T): T | null {
  try {
    return call();
  } catch (error) {
    // A token that is gone has refused nothing.
    if (cryptokiCode(error) === null || isLost(error)) throw error;
    return null;
  }
}

/** Derived values can be read, and they are x-coordinates. */
function assertDerives(session: TokenSession, key: Handle, publicKey: Uint8Array): void {
  const derived = attempt(() => integerOf(deriveX(session, key, GENERATOR)));
  if (derived === null || derived !== decodePoint(publicKey)?.x) {
    throw unusable('it does not show what it derives, as in some FIPS modes');
  }
}

function refuseIf(state: string, isSo: boolean): void {
  if (isSo) throw unusable(`it does not keep its keys: ${state}`);
}

function unusable(state: string): HoldfastError {
  return new HoldfastError('hsm-unusable', `Cannot use the HSM: ${state}`);
}
