/** Who may act for a backup, and how a new one comes in (spec/provider-api.md §3). */
import { createHash, randomBytes } from 'node:crypto';
import { concatBytes, equalBytes, fromHex, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import {
  isKeyStatementSigned,
  isSignInSigned,
  providerRecipient,
  recoverySubject,
} from '@holdfast/core/provider-api';
import { label } from '@holdfast/core/wire';
import { type Account, ID_BYTES, type MetadataStore, type Scope } from '../metadata/index.ts';
import { type Challenge, Challenges } from './challenges.ts';

/** Who may make an account. */
export type SignUp = 'open' | 'invite' | 'closed';

export interface AccountsOptions {
  readonly metadata: MetadataStore;
  /** As `parseProviderOrigin` gives it: what people call this provider. */
  readonly origin: string;
  readonly signUp: SignUp;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A provider-auth key that signed a challenge. */
export interface SignedChallenge {
  readonly key: Uint8Array;
  readonly challenge: Uint8Array;
  readonly signature: Uint8Array;
}

/** What the owner says of the keys, for a new account or after a rotation. */
export interface Entry extends SignedChallenge {
  readonly ownerKey: Uint8Array;
  readonly headKey: Uint8Array;
  readonly ownerSignature: Uint8Array;
  /** Whether an account may be made. */
  readonly create: boolean;
  /** 16 bytes. */
  readonly invite: Uint8Array | null;
}

export interface Token {
  /** 64 hex digits. */
  readonly token: string;
  readonly scope: Scope;
  readonly expiresAtMs: number;
}

/** On whose behalf a call is made. */
export interface Caller {
  readonly account: Account;
  readonly scope: Scope;
}

const TOKEN_BYTES = 32;
const TOKEN_LIFETIME_MS = 15 * 60_000;
const SECRET_BYTES = 32;

export class Accounts {
  readonly #metadata: MetadataStore;
  readonly #recipient: Uint8Array;
  readonly #challenges: Challenges;
  readonly #signUp: SignUp;
  readonly #now: () => number;

  static async open(options: AccountsOptions): Promise<Accounts> {
    const { metadata, origin } = options;
    const secret = await metadata.settle('challenge-secret', randomBytes(SECRET_BYTES));
    return new Accounts(options, await providerRecipient(nodeCrypto, origin), secret);
  }

  constructor(options: AccountsOptions, recipient: Uint8Array, secret: Uint8Array) {
    const { metadata, signUp, now = Date.now } = options;
    this.#metadata = metadata;
    this.#recipient = recipient;
    this.#signUp = signUp;
    this.#now = now;
    this.#challenges = new Challenges(secret, now);
  }

  challenge(): Challenge {
    return this.#challenges.make();
  }

  /** @throws {HoldfastError} `not-authorised`, `token-used`. */
  async signIn(signed: SignedChallenge): Promise<Token> {
    const expiresAtMs = await this.#checkSignIn(signed);
    return await this.#letIn(signed, expiresAtMs);
  }

  /** @throws {HoldfastError} `not-authorised`, `token-used`, `invite-needed`. */
  async enter(entry: Entry): Promise<Token> {
    const expiresAtMs = await this.#checkSignIn(entry);
    const statement = { recipient: this.#recipient, ...entry };
    if (!(await isKeyStatementSigned(nodeCrypto, statement, entry.ownerSignature))) {
      throw notAuthorised();
    }
    const owned = await this.#metadata.findOwner(entry.ownerKey);
    if (owned !== null) await this.#registerKey(owned, entry);
    else if (entry.create) await this.#create(entry);
    return await this.#letIn(entry, expiresAtMs);
  }

  /** @param secret As `recoverySecret` gives it, 32 bytes. @throws {HoldfastError} `not-authorised`. */
  async recover(secret: Uint8Array): Promise<Token> {
    const subject = await recoverySubject(nodeCrypto, secret);
    const account = await this.#metadata.findSubject(subject);
    if (account === null) throw notAuthorised();
    return await this.#issue(account, 'recovery', null);
  }

  /** @param token As the caller sent it. @throws {HoldfastError} `not-authorised`. */
  async authorise(token: string): Promise<Caller> {
    if (!/^[0-9a-f]{64}$/.test(token)) throw notAuthorised();
    const found = await this.#metadata.findToken(sha256(fromHex(token)), this.#now());
    if (found === null) throw notAuthorised();
    return found;
  }

  async addSubject({ account }: Caller, subject: Uint8Array): Promise<void> {
    await this.#metadata.addSubject(account.accountId, subject);
  }

  async removeSubject({ account }: Caller, subject: Uint8Array): Promise<void> {
    await this.#metadata.removeSubject(account.accountId, subject);
  }

  /** Before any key is looked up: who asks for one has to have it. @returns The challenge's end. */
  async #checkSignIn({ key, challenge, signature }: SignedChallenge): Promise<number> {
    const expiresAtMs = this.#challenges.expiryOf(challenge);
    const signIn = { recipient: this.#recipient, key, challenge };
    if (expiresAtMs !== null && (await isSignInSigned(nodeCrypto, signIn, signature))) {
      return expiresAtMs;
    }
    throw notAuthorised();
  }

  async #letIn({ key, challenge }: SignedChallenge, expiresAtMs: number): Promise<Token> {
    const found = await this.#metadata.findKey(key);
    if (found === null) throw notAuthorised();
    const { account, generation } = found;
    const scope = generation === account.generation ? 'backup' : 'rotated';
    return await this.#issue(account, scope, { hash: sha256(challenge), expiresAtMs });
  }

  async #issue(
    { accountId, generation }: Account,
    scope: Scope,
    challenge: { readonly hash: Uint8Array; readonly expiresAtMs: number } | null,
  ): Promise<Token> {
    const token = randomBytes(TOKEN_BYTES);
    const expiresAtMs = this.#now() + TOKEN_LIFETIME_MS;
    const added = await this.#metadata.addToken({
      ...{ tokenHash: sha256(token), accountId, generation, scope, expiresAtMs, challenge },
    });
    if (added === 'added') return { token: toHex(token), scope, expiresAtMs };
    throw new HoldfastError('token-used', 'Cannot let this device in: its challenge was used');
  }

  /** Of a generation that has none yet; where it has one, that must be it, which letting in shows. */
  async #registerKey({ accountId, generation, headKey }: Account, entry: Entry): Promise<void> {
    if (!equalBytes(headKey, entry.headKey)) throw notAuthorised();
    await this.#metadata.registerKey(accountId, generation, entry.key);
  }

  async #create({ ownerKey, headKey, key, invite }: Entry): Promise<void> {
    if (this.#signUp === 'closed') throw inviteNeeded('takes no new backups');
    const needsInvite = this.#signUp === 'invite';
    if (needsInvite && invite === null) throw inviteNeeded('takes new backups by invite');
    const outcome = await this.#metadata.createAccount({
      accountId: randomBytes(ID_BYTES),
      backupId: sha256(concatBytes(label('backup-id'), ownerKey)),
      ...{ ownerKey, headKey, key, createdAtMs: this.#now() },
      inviteHash: needsInvite && invite !== null ? hashInvite(invite) : null,
    });
    if (outcome === 'invite-missing') throw inviteNeeded('does not know this invite, or no more');
  }
}

/** What is kept of an invite. @param invite 16 bytes. */
export function hashInvite(invite: Uint8Array): Uint8Array {
  return sha256(concatBytes(label('provider-invite'), invite));
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

function notAuthorised(): HoldfastError {
  return new HoldfastError('not-authorised', 'Cannot let this device in: it is not known');
}

function inviteNeeded(state: string): HoldfastError {
  return new HoldfastError('invite-needed', `Cannot make an account: this provider ${state}`);
}
