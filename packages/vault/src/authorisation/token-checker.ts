/**
 * Checks the tokens that callers bring (spec/vault-protocol.md §6.1): JWTs, signed with Ed25519.
 *
 * Refuses, all alike, every other algorithm, issuers and keys that are not configured, and every claim
 * that is not exactly what the spec asks for. Whether a token was used is the record store's to say.
 */
import { KeyObject } from 'node:crypto';
import { ByteWriter, concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { accountOf } from '@holdfast/core/vault-protocol';
import { label } from '@holdfast/core/wire';
import {
  base64url,
  type CompactJWSHeaderParameters,
  decodeJwt,
  decodeProtectedHeader,
  type JWTPayload,
} from 'jose';
import { signatures } from '../signatures/index.ts';
import type { IssuerKeys } from './issuer-keys.ts';

export const TOKEN_SCOPES = ['enrol', 'guess'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** What a token that is good grants. */
export interface Authorised {
  /** Whose it is (§2.4): 32 bytes. */
  readonly account: Uint8Array;
  /** By which its use is remembered, 32 bytes: another for each token of each issuer. */
  readonly tokenHash: Uint8Array;
  /** Until when its use must be remembered: from then on every node refuses it for its age. */
  readonly expiresAtMs: number;
  readonly scope: TokenScope;
}

export interface Issuer {
  /** As in the claim `iss`. */
  readonly name: string;
  readonly keys: IssuerKeys;
}

export interface TokenCheckerOptions {
  readonly issuers: readonly Issuer[];
  /** The vault's, 64 hex digits: the audience of all tokens. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Longest token, in characters. */
const TOKEN_MAX_CHARACTERS = 4096;
const LIFETIME_MAX_SECONDS = 600;
const CLOCK_DIFFERENCE_SECONDS = 60;
const SUBJECT_MAX_CHARACTERS = 128;
const TOKEN_ID_MAX_CHARACTERS = 64;

export class TokenChecker {
  readonly #issuers: ReadonlyMap<string, IssuerKeys>;
  readonly #audience: string;
  readonly #now: () => number;

  constructor({ issuers, fingerprint, now = Date.now }: TokenCheckerOptions) {
    this.#issuers = new Map(issuers.map(({ name, keys }) => [name, keys]));
    if (this.#issuers.size !== issuers.length) {
      throw new RangeError('"issuers" must have distinct names');
    }
    this.#audience = fingerprint;
    this.#now = now;
  }

  /**
   * @param token Compact, as in `Authorization: Bearer`.
   * @param scope What it has to be for.
   * @throws {HoldfastError} `not-authorised`; `busy` while its issuer's keys can't be had.
   */
  async check(token: string, scope: TokenScope): Promise<Authorised> {
    if (token.length > TOKEN_MAX_CHARACTERS) throw notAuthorised();
    let payload: JWTPayload;
    try {
      payload = await this.#verify(token);
    } catch (cause) {
      if (cause instanceof HoldfastError) throw cause;
      throw notAuthorised(cause);
    }
    return await this.#grant(payload, scope, Math.floor(this.#now() / 1000));
  }

  /** The claims of a token that its issuer signed. */
  async #verify(token: string): Promise<JWTPayload> {
    const header = decodeProtectedHeader(token) as CompactJWSHeaderParameters;
    if (header.alg !== 'EdDSA' || header.crit !== undefined) throw notAuthorised();
    const payload = decodeJwt(token);
    const keys = this.#issuers.get(payload.iss as string);
    if (keys === undefined) throw notAuthorised();
    const end = token.lastIndexOf('.');
    const [signed, signature] = [token.slice(0, end), token.slice(end + 1)];
    const key = await keys(header, { payload: signed, signature });
    if (!isSignedWith(key, signed, base64url.decode(signature))) throw notAuthorised();
    return payload;
  }

  async #grant(payload: JWTPayload, scope: TokenScope, nowSeconds: number): Promise<Authorised> {
    const { iss, aud, sub, jti, iat, exp, nbf } = payload;
    const isGood =
      aud === this.#audience &&
      payload.scope === scope &&
      isText(sub, SUBJECT_MAX_CHARACTERS) &&
      isText(jti, TOKEN_ID_MAX_CHARACTERS) &&
      Number.isSafeInteger(iat) &&
      Number.isSafeInteger(exp);
    if (!isGood || iss === undefined || iat === undefined || exp === undefined) {
      throw notAuthorised();
    }
    const lifetimeSeconds = exp - iat;
    if (lifetimeSeconds <= 0 || lifetimeSeconds > LIFETIME_MAX_SECONDS) throw notAuthorised();
    const latest = nowSeconds + CLOCK_DIFFERENCE_SECONDS;
    const hasBegun =
      iat <= latest && (nbf === undefined || (typeof nbf === 'number' && nbf <= latest));
    if (!hasBegun || exp <= nowSeconds - CLOCK_DIFFERENCE_SECONDS) throw notAuthorised();
    return {
      account: await accountOf(nodeCrypto, iss, sub),
      tokenHash: tokenHashOf(iss, jti),
      // By the clock of a node that goes ahead of one that still takes it.
      expiresAtMs: (exp + 2 * CLOCK_DIFFERENCE_SECONDS) * 1000,
      scope,
    };
  }
}

type IssuerKey = Awaited<ReturnType<IssuerKeys>>;

/** On this thread: to hand the signature to another costs as much as half of checking it. */
function isSignedWith(key: IssuerKey, signed: string, signature: Uint8Array): boolean {
  const publicKey = rawKeyOf(key);
  return publicKey !== null && signatures.verify(publicKey, Buffer.from(signed), signature);
}

/** An issuer has its keys for months. */
const RAW_KEYS = new WeakMap<object, Uint8Array>();

/** @returns 32 bytes; null for what is no public key of Ed25519: with that nothing is signed. */
function rawKeyOf(key: IssuerKey): Uint8Array | null {
  const known = RAW_KEYS.get(key);
  if (known !== undefined) return known;
  const publicKey = key instanceof CryptoKey ? KeyObject.from(key) : key;
  if (!(publicKey instanceof KeyObject) || publicKey.asymmetricKeyType !== 'ed25519') return null;
  if (publicKey.type !== 'public') return null;
  const raw = publicKey.export({ format: 'raw-public' });
  RAW_KEYS.set(key, raw);
  return raw;
}

function tokenHashOf(issuer: string, tokenId: string): Uint8Array {
  const issuerBytes = Buffer.from(issuer);
  const issuerLength = new ByteWriter(4).u32(issuerBytes.length).finish();
  const parts = [label('vault-token'), issuerLength, issuerBytes, Buffer.from(tokenId)];
  return nodeCrypto.sha256(concatBytes(...parts));
}

/** Lone surrogates would all be the same once they are UTF-8, and so would what they name. */
function isText(value: unknown, mostCharacters: number): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.isWellFormed() &&
    [...value].length <= mostCharacters
  );
}

function notAuthorised(cause?: unknown): HoldfastError {
  const message = 'Cannot go on: the token is not good for this';
  return new HoldfastError('not-authorised', message, cause === undefined ? {} : { cause });
}
