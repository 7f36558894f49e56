/** Who asks a provider, and the token that shows it (spec/provider-api.md §3). */
import { fromHex, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import {
  CHALLENGE_BYTES,
  providerRecipient,
  recoverySecret,
  signKeyStatement,
  signSignIn,
} from '@holdfast/core/provider-api';
import { Secret } from '@holdfast/core/secret';
import { type ProviderHttp, type ProviderRequest, unreachable } from './_provider-http.ts';
import { readGreeting } from './greet-provider.ts';
import type { StoreAccess } from './store.ts';

interface SignIn {
  readonly key: string;
  readonly challenge: string;
  readonly signature: string;
}

interface Token {
  readonly token: string;
  /** `rotated` for the key before the newest. */
  readonly scope: unknown;
}

type OwnerAccess = Extract<StoreAccess, { kind: 'owner' }>;
type Credentials = OwnerAccess | { readonly kind: 'recovery'; readonly secret: Secret };

const ACTION = 'sign in at the provider';

export class ProviderSession {
  readonly #http: ProviderHttp;
  #credentials: Credentials | null = null;
  /** One sign-in for all who wait for a token. */
  #token: Promise<Token> | null = null;

  constructor(http: ProviderHttp) {
    this.#http = http;
  }

  async actAs(access: StoreAccess): Promise<void> {
    const credentials = await this.#keep(access);
    this.forget();
    this.#credentials = credentials;
  }

  /** Wipes what it was told. */
  forget(): void {
    const before = this.#credentials;
    if (before?.kind === 'recovery') before.secret.wipe();
    else if (before !== null) {
      before.owner.ownerSeed.wipe();
      before.owner.providerAuthSeed.wipe();
    }
    this.#credentials = null;
    this.#token = null;
  }

  /** Sends with a token; once more with another one if that has ended. */
  async send<Result>(
    request: ProviderRequest,
    read: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    const used = this.#signIn(request.signal);
    try {
      return await this.#sendWith(await used, request, read);
    } catch (error) {
      if (!hasCode(error, 'not-authorised') || !(await wasSignedIn(used))) throw error;
      if (this.#token === used) this.#token = null;
      return await this.#sendWith(await this.#signIn(request.signal), request, read);
    }
  }

  async #sendWith<Result>(
    { token, scope }: Token,
    request: ProviderRequest,
    read: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.#http.send({ ...request, token }, read);
    } catch (cause) {
      if (!hasCode(cause, 'store-denied') || scope !== 'rotated') throw cause;
      const message = `Cannot ${request.action}: the key of the backup was changed`;
      throw new HoldfastError('key-rotated', message, { cause });
    }
  }

  #signIn(signal: AbortSignal | undefined): Promise<Token> {
    if (this.#token !== null) return this.#token;
    const signingIn = this.#getToken(signal);
    this.#token = signingIn;
    signingIn.catch(() => {
      if (this.#token === signingIn) this.#token = null;
    });
    return signingIn;
  }

  async #getToken(signal: AbortSignal | undefined): Promise<Token> {
    const credentials = this.#credentials;
    if (credentials === null) {
      const message = 'Cannot use the provider: it has to be told whose backup it is about';
      throw new HoldfastError('key-missing', message);
    }
    try {
      return credentials.kind === 'recovery'
        ? await this.#ask('recovery-token', { secret: toHex(credentials.secret.bytes()) }, signal)
        : await this.#getIn(credentials, signal);
    } catch (error) {
      if (!hasCode(error, 'not-authorised')) throw error;
      // One that is called otherwise takes no signature that is for this address.
      await readGreeting(this.#http, signal);
      throw unknownThere(this.#http.origin, credentials.kind, error);
    }
  }

  /** By the key; for a key that is not known, by what the owner says of it. */
  async #getIn(access: OwnerAccess, signal: AbortSignal | undefined): Promise<Token> {
    if (access.create === undefined) {
      try {
        return await this.#ask('token', await this.#signChallenge(access, signal), signal);
      } catch (error) {
        if (!hasCode(error, 'not-authorised')) throw error;
      }
    }
    const signIn = await this.#signChallenge(access, signal);
    const { ownerSeed, ownerPublicKey: ownerKey, headPublicKey: headKey } = access.owner;
    const recipient = await providerRecipient(nodeCrypto, this.#http.origin);
    const statement = { recipient, ownerKey, headKey, key: fromHex(signIn.key) };
    const ownerSignature = await signKeyStatement(nodeCrypto, ownerSeed, statement);
    const invite = access.create?.invite ?? null;
    const entry = {
      ...signIn,
      ownerKey: toHex(ownerKey),
      headKey: toHex(headKey),
      ownerSignature: toHex(ownerSignature),
      create: access.create !== undefined,
      ...(invite === null ? {} : { invite }),
    };
    return await this.#ask('account', entry, signal);
  }

  async #signChallenge({ owner }: OwnerAccess, signal: AbortSignal | undefined): Promise<SignIn> {
    const drawn = { method: 'POST', path: 'challenge', action: ACTION, signal } as const;
    const { challenge } = await this.#http.sendForJson(drawn);
    if (!isHex(challenge, CHALLENGE_BYTES)) throw unreachable(ACTION, 'it gives no challenge');
    const key = await nodeCrypto.ed25519PublicKey(owner.providerAuthSeed.bytes());
    const recipient = await providerRecipient(nodeCrypto, this.#http.origin);
    const signIn = { recipient, key, challenge: fromHex(challenge) };
    const signature = await signSignIn(nodeCrypto, owner.providerAuthSeed, signIn);
    return { key: toHex(key), challenge, signature: toHex(signature) };
  }

  async #ask(path: string, json: object, signal: AbortSignal | undefined): Promise<Token> {
    const asked = { method: 'POST', path, json, action: ACTION, signal } as const;
    const { token, scope } = await this.#http.sendForJson(asked);
    if (isHex(token, 32)) return { token, scope };
    throw unreachable(ACTION, 'it gives no token');
  }

  /** Copies, so that they last as long as the store. */
  async #keep(access: StoreAccess): Promise<Credentials> {
    if (access.kind === 'recovery') {
      const recipient = await providerRecipient(nodeCrypto, this.#http.origin);
      const secret = await recoverySecret(nodeCrypto, access.accountCode, recipient);
      return { kind: 'recovery', secret: new Secret(secret) };
    }
    const { ownerSeed, providerAuthSeed, ownerPublicKey, headPublicKey } = access.owner;
    const owner = {
      ownerSeed: new Secret(ownerSeed.bytes().slice()),
      providerAuthSeed: new Secret(providerAuthSeed.bytes().slice()),
      ...{ ownerPublicKey, headPublicKey },
    };
    return { ...access, owner };
  }
}

/** Else it was the sign-in that failed. */
async function wasSignedIn(signingIn: Promise<Token>): Promise<boolean> {
  return await signingIn.then(
    () => true,
    () => false,
  );
}

function unknownThere(origin: string, kind: StoreAccess['kind'], cause: unknown): HoldfastError {
  const [code, state] =
    kind === 'owner'
      ? (['wrong-key', `${origin} knows no backup of this key`] as const)
      : (['not-authorised', `${origin} knows no backup of this account code`] as const);
  return new HoldfastError(code, `Cannot open the backup: ${state}`, { cause });
}

function hasCode(error: unknown, code: HoldfastError['code']): boolean {
  return error instanceof HoldfastError && error.code === code;
}

function isHex(value: unknown, bytes: number): value is string {
  return typeof value === 'string' && value.length === bytes * 2 && /^[0-9a-f]+$/.test(value);
}
