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
    for (const attribute of WEAKER) {
      const changed = OPRF_KEY.map((own) => (own.type === attribute.type ? attribute : own));
      const without = OPRF_KEY.filter((own) => own.type !== attribute.type);
      for (const template of [changed, without]) {
        refuseIf(
          'a key shows when it is unwrapped with other attributes',
          leaksMade(session, () => session.unwrap(wrappingKey, blob, template)),
        );
      }
      refuseIf(
        'a key shows when it is copied with other attributes',
        leaksMade(session, () => session.copy(key, [attribute])),
      );
      attempt(() => session.write(key, attribute));
      refuseIf('a key shows when its attributes are changed', leaks(session, key));
    }
    refuseIf(
      'a key shows when it is unwrapped as another kind',
      leaksMade(session, () => session.unwrap(wrappingKey, blob, AS_BYTES)),
    );
    for (const mechanism of [CKM.AES_ECB, CKM.AES_KEY_WRAP, CKM.AES_KEY_WRAP_PAD]) {
      refuseIf(
        'a wrapping key decrypts',
        attempt(() => session.beginDecryption(mechanism, wrappingKey)) !== null,
      );
    }
  });
  for (const make of [
    () => session.generateKey(CKM.AES_KEY_GEN, [...OWN_KEY, NEW_VALUE, TRUSTED]),
    () => session.create([...OWN_KEY, KNOWN_VALUE, TRUSTED]),
  ]) {
    refuseIf('anybody can make a trusted key', isMade(session, make));
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

/** Whether the token makes an object that leaks; drops it. */
function leaksMade(session: TokenSession, make: () => Handle): boolean {
  const object = attempt(make);
  if (object === null) return false;
  try {
    return leaks(session, object);
  } finally {
    session.destroy(object);
  }
}

function isMade(session: TokenSession, make: () => Handle): boolean {
  const object = attempt(make);
  if (object !== null) session.destroy(object);
  return object !== null;
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
