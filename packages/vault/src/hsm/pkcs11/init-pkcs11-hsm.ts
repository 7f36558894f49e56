/**
 * Sets up a token for a vault: the security officer makes a stock of wrapping keys, the user the rest.
 *
 * Only the officer can make a key that is trusted to wrap, so their PIN is needed here, and never on the
 * host that serves.
 */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import { ED25519_KEY_BYTES } from '@holdfast/core/wire';
import { CKA, CKM, CKO, cryptokiCode, cryptokiName } from './cryptoki.ts';
import { withNestedTemplate } from './nested-template.ts';
import { expandInToken } from './state-key.ts';
import {
  dataTemplate,
  IDENTITY_KEY,
  IDENTITY_PUBLIC_KEY,
  LABELS,
  OPRF_KEY,
  STATE_KEY,
  wrappingKeyTemplate,
} from './templates.ts';
import { findWrappingKeys, one } from './token-keys.ts';
import { openTokenSession, type TokenPlace, type TokenSession } from './token-session.ts';

export interface InitOptions extends TokenPlace {
  readonly officerPin: Secret;
  readonly userPin: Secret;
  /** How many wrapping keys to add; 36 if not given: three years of one a month. */
  readonly wrappingKeys?: number;
  /**
   * Where the identity is kept: as a key that never leaves the token, or, where the token has no Ed25519,
   * as a seed that is derived in it, and comes out for the time of a signature. If not given, inside where
   * the token can.
   */
  readonly identity?: 'inside' | 'derived';
}

const WRAPPING_KEYS = 36;

/**
 * Makes what is missing, and adds wrapping keys; what is there stays. So it also fills up the stock, and
 * goes on where it was cut off. The token is initialised and has both PINs.
 *
 * @throws {HoldfastError} `hsm-unusable`.
 */
export async function initPkcs11Hsm(options: InitOptions): Promise<void> {
  try {
    const session = await openTokenSession(options);
    try {
      session.login('officer', options.officerPin);
      await addWrappingKeys(session, options.wrappingKeys ?? WRAPPING_KEYS);
      session.logout();
      session.login('user', options.userPin);
      makeOthers(session, options.identity);
      session.logout();
    } finally {
      session.close();
    }
  } catch (cause) {
    if (cryptokiCode(cause) === null) throw cause;
    const message = `Cannot set up the HSM: the token answers ${cryptokiName(cause)}`;
    throw new HoldfastError('hsm-unusable', message, { cause });
  }
}

async function addWrappingKeys(session: TokenSession, count: number): Promise<void> {
  const last = Math.max(0, ...findWrappingKeys(session).keys());
  await withNestedTemplate(OPRF_KEY, (unwrapTemplate) => {
    for (let number = last + 1; number <= last + count; number++) {
      session.generateKey(CKM.AES_KEY_GEN, wrappingKeyTemplate(number, unwrapTemplate));
    }
  });
}

/** The note of the identity comes last: without it a token counts as not set up. */
function makeOthers(session: TokenSession, identity: InitOptions['identity']): void {
  if (one(session, CKO.SECRET_KEY, LABELS.stateKey) === null) {
    session.generateKey(CKM.GENERIC_SECRET_KEY_GEN, STATE_KEY);
  }
  if (one(session, CKO.DATA, LABELS.identity) === null) {
    const hasEd25519 =
      session.mechanisms.has(CKM.EDDSA) && session.mechanisms.has(CKM.EC_EDWARDS_KEY_PAIR_GEN);
    const isInside = identity === undefined ? hasEd25519 : identity === 'inside';
    const publicKey = isInside ? makeIdentity(session) : deriveIdentity(session);
    session.create(dataTemplate(LABELS.identity, publicKey));
  }
}

/** @returns The public key. */
function makeIdentity(session: TokenSession): Uint8Array {
  // One that was cut off before its public key was noted.
  for (const objectClass of [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY]) {
    const rest = one(session, objectClass, LABELS.identity);
    if (rest !== null) session.destroy(rest);
  }
  const pair = session.generateKeyPair(
    CKM.EC_EDWARDS_KEY_PAIR_GEN,
    IDENTITY_PUBLIC_KEY,
    IDENTITY_KEY,
  );
  return new Uint8Array(session.read(pair.publicKey, CKA.EC_POINT).subarray(-ED25519_KEY_BYTES));
}

/** @returns The public key. */
function deriveIdentity(session: TokenSession): Uint8Array {
  const stateKey = one(session, CKO.SECRET_KEY, LABELS.stateKey);
  if (stateKey === null) throw new TypeError('"stateKey" must be made first');
  const seed = expandInToken(session, stateKey, 'hsm-identity', new Uint8Array());
  const publicKey = nodeCrypto.ed25519PublicKey(seed);
  seed.fill(0);
  return publicKey;
}
