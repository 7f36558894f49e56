/** The vault's long-lived objects on a token, as handles of one session. */
import { HoldfastError } from '@holdfast/core/errors';
import type { Handle } from 'pkcs11js';
import { CKA, CKO } from './cryptoki.ts';
import { LABELS, named } from './templates.ts';
import type { TokenSession } from './token-session.ts';

export interface TokenKeys {
  readonly stateKey: Handle;
  /** The vault's identity, as set up. */
  readonly identity: Uint8Array;
  /** Signs as it; null where its seed is derived from the state key. */
  readonly identityKey: Handle | null;
  /** By number. */
  readonly wrappingKeys: ReadonlyMap<number, Handle>;
}

/** @throws {HoldfastError} `hsm-unusable` when one is missing, there twice, or not as `init` makes it. */
export function findTokenKeys(session: TokenSession): TokenKeys {
  const stateKey = one(session, CKO.SECRET_KEY, LABELS.stateKey);
  const wrappingKeys = findWrappingKeys(session);
  const identity = one(session, CKO.DATA, LABELS.identity);
  if (stateKey === null || identity === null || wrappingKeys.size === 0) {
    throw unusable('the token was not set up for a vault');
  }
  const identityKey = one(session, CKO.PRIVATE_KEY, LABELS.identity);
  for (const key of [stateKey, identityKey, ...wrappingKeys.values()]) {
    if (key === null) continue;
    if (!staysInside(session, key)) throw unusable('a key could leave the token');
    if (session.read(key, CKA.MODIFIABLE)[0] !== 0) throw unusable('a key could be changed');
  }
  return {
    stateKey,
    identity: new Uint8Array(session.read(identity, CKA.VALUE)),
    identityKey,
    wrappingKeys,
  };
}

/** Those that the security officer made; others of that name are nobody's. */
export function findWrappingKeys(session: TokenSession): Map<number, Handle> {
  const keys = new Map<number, Handle>();
  for (const key of session.find(named(CKO.SECRET_KEY, LABELS.wrappingKey))) {
    if (session.read(key, CKA.TRUSTED)[0] !== 1) continue;
    const number = numberOf(session.read(key, CKA.ID));
    if (number === 0 || keys.has(number)) throw unusable('its wrapping keys are not numbered');
    keys.set(number, key);
  }
  return new Map([...keys].sort(([a], [b]) => a - b));
}

/** @returns null when there is none. */
export function one(session: TokenSession, objectClass: number, label: string): Handle | null {
  const [found, ...others] = session.find(named(objectClass, label));
  if (others.length > 0) throw unusable(`there is more than one "${label}"`);
  return found ?? null;
}

/** @returns 0 when the bytes are no number. */
function numberOf(bytes: Buffer): number {
  return bytes.length === 4 ? bytes.readUInt32BE() : 0;
}

function staysInside(session: TokenSession, key: Handle): boolean {
  return session.read(key, CKA.SENSITIVE)[0] === 1 && session.read(key, CKA.EXTRACTABLE)[0] === 0;
}

function unusable(state: string): HoldfastError {
  return new HoldfastError('hsm-unusable', `Cannot use the HSM: ${state}`);
}
