/**
 * The port to a provider's database: accounts, who may act for them, and what objects they have.
 *
 * Small objects lie in it whole; of large ones it knows the place (`bytes/object-bytes.ts`). It orders changes and
 * makes them durable; what may be changed is for the services to say.
 */

/** Length of an account's id, and of a place. */
export const ID_BYTES = 16;
/** Longest object that lies in the database itself. */
export const INLINE_MAX_BYTES = 16_384;
/** What one call lists. */
export const LIST_MAX = 1000;
/** Recovery subjects of one account. */
export const SUBJECTS_MAX = 8;

/**
 * A provider's database. Calls may overlap. Every call throws a `HoldfastError` when the database fails:
 *
 * | code | |
 * |---|---|
 * | `store-unreachable` | nothing was changed: no connection, or no answer in time |
 * | `contention` | nothing was changed: others held what it needs for too long |
 * | `store-denied`, `disk-full` | nothing was changed |
 * | `outcome-unknown` | the answer to a change was lost |
 * | `damaged` | the database is broken |
 */
export interface MetadataStore {
  /** Makes an account with its first key. The invite, if there is one, is used up by it. */
  createAccount(account: NewAccount): Promise<'created' | 'exists' | 'invite-missing'>;
  readAccount(accountId: Uint8Array): Promise<Account | null>;
  /** @param ownerKey That of the account's generation, not of one before. */
  findOwner(ownerKey: Uint8Array): Promise<Account | null>;
  /** @param key A provider-auth key of any generation. */
  findKey(key: Uint8Array): Promise<AccountKey | null>;
  /** Gives an account's generation its key; `exists`: it has one, or another account has this. */
  registerKey(
    accountId: Uint8Array,
    generation: number,
    key: Uint8Array,
  ): Promise<'registered' | 'exists'>;

  /** `challenge-used`: a token that was added before came from the same challenge. */
  addToken(token: NewToken): Promise<'added' | 'challenge-used'>;
  /** Null also for one that has ended, or expired at `nowMs`. */
  findToken(tokenHash: Uint8Array, nowMs: number): Promise<TokenOwner | null>;

  /** As the newest of at most 8, of which the eldest makes room. */
  addSubject(accountId: Uint8Array, subject: Uint8Array): Promise<void>;
  removeSubject(accountId: Uint8Array, subject: Uint8Array): Promise<void>;
  findSubject(subject: Uint8Array): Promise<Account | null>;

  /** @param inviteHash SHA-256 of the invite. */
  addInvite(inviteHash: Uint8Array): Promise<void>;

  /** Makes an object, or none of what the change says; durable before it resolves. */
  putObject(change: NewObject): Promise<PutOutcome>;
  findObject(accountId: Uint8Array, name: string): Promise<StoredObject | null>;
  /** Bytes of an object that lies in the database; null when it does not. */
  readInline(accountId: Uint8Array, name: string): Promise<Uint8Array | null>;
  /** At most `limit` objects whose names begin with `prefix`, after the name `after`, in order of name. */
  listObjects(accountId: Uint8Array, page: ListPage): Promise<StoredObject[]>;
  /** The object with the greatest name that begins with `prefix`, and is signed and below `below`. */
  findSignedBelow(
    accountId: Uint8Array,
    prefix: string,
    below: string,
  ): Promise<StoredObject | null>;
  /** Puts an object aside; false when there is none. */
  deleteObject(accountId: Uint8Array, name: string, nowMs: number): Promise<boolean>;

  /** Takes up to `limit` of the objects out that were put aside at `beforeMs` or earlier. */
  takeDeleted(beforeMs: number, limit: number): Promise<readonly TakenObject[]>;
  /** Whether an object, put aside or not, lies there. */
  hasPlace(accountId: Uint8Array, place: Uint8Array): Promise<boolean>;
  /** Forgets tokens and challenges that had expired at `nowMs`. */
  dropExpired(nowMs: number): Promise<void>;

  /** Of the provider itself: what was written first, which may be `value`. */
  settle(name: string, value: Uint8Array): Promise<Uint8Array>;
  /** Resolves when a change would succeed now. */
  check(): Promise<void>;
  /** Ends once the calls under way have. May be called twice. */
  close(): Promise<void>;
}

export interface NewAccount {
  readonly accountId: Uint8Array;
  readonly backupId: Uint8Array;
  readonly ownerKey: Uint8Array;
  readonly headKey: Uint8Array;
  readonly key: Uint8Array;
  readonly createdAtMs: number;
  /** SHA-256 of the invite; null where none is needed. */
  readonly inviteHash: Uint8Array | null;
}

export interface Account {
  readonly accountId: Uint8Array;
  readonly backupId: Uint8Array;
  readonly generation: number;
  readonly ownerKey: Uint8Array;
  readonly headKey: Uint8Array;
  /** One more with each head and each rotation. */
  readonly revision: number;
  /** The greatest number of a head; 0 for none. */
  readonly greatestHead: number;
  readonly usedBytes: number;
  readonly objects: number;
  /** Null for what is usual. */
  readonly quotaBytes: number | null;
  readonly createdAtMs: number;
}

export interface AccountKey {
  readonly account: Account;
  /** Of the key; lower than the account's for an earlier one. */
  readonly generation: number;
}

export const SCOPES = ['backup', 'recovery', 'rotated'] as const;
export type Scope = (typeof SCOPES)[number];

export interface NewToken {
  /** SHA-256 of the token. */
  readonly tokenHash: Uint8Array;
  readonly accountId: Uint8Array;
  /** Of the account when it was let in: the token ends with it. */
  readonly generation: number;
  readonly scope: Scope;
  readonly expiresAtMs: number;
  /** SHA-256 of the challenge that it was got with, and until when that is good; null for none. */
  readonly challenge: { readonly hash: Uint8Array; readonly expiresAtMs: number } | null;
}

export interface TokenOwner {
  readonly account: Account;
  readonly scope: Scope;
}

export interface StoredObject {
  readonly name: string;
  readonly lengthBytes: number;
  /** SHA-256. */
  readonly hash: Uint8Array;
  readonly writtenAtMs: number;
  /** Where its bytes lie; null when in the database. */
  readonly place: Uint8Array | null;
}

export interface NewObject {
  readonly accountId: Uint8Array;
  readonly name: string;
  readonly lengthBytes: number;
  readonly hash: Uint8Array;
  readonly writtenAtMs: number;
  /** The object itself, at most 16,384 bytes, or where it lies, 16 bytes. */
  readonly content:
    | { readonly kind: 'inline'; readonly bytes: Uint8Array }
    | { readonly kind: 'place'; readonly place: Uint8Array };
  /** That the account may use in all. */
  readonly quotaBytes: number;
  /** What a head, or a rotation, changes of the account besides. */
  readonly advance?: Advance;
}

/** Only made when the account's revision is still the expected one. */
export type Advance =
  | {
      readonly kind: 'head';
      readonly expectedRevision: number;
      readonly number: number;
      /** Whether it counts as a newest one. */
      readonly isSigned: boolean;
    }
  | {
      /** The next generation begins, and tokens of the one before end. */
      readonly kind: 'rotation';
      readonly expectedRevision: number;
      readonly ownerKey: Uint8Array;
      readonly headKey: Uint8Array;
      /** Of the first head, which counts as newest from then on. */
      readonly headName: string;
      /** Whether recovery sheets go on: else their subjects end. */
      readonly keepsSubjects: boolean;
    };

/** `full`: over the quota; `conflict`: another revision. Neither changes anything, nor does `exists`. */
export type PutOutcome = 'stored' | 'exists' | 'full' | 'conflict';

export interface ListPage {
  readonly prefix: string;
  /** Null from the beginning. */
  readonly after: string | null;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface TakenObject {
  readonly accountId: Uint8Array;
  /** Null when it lay in the database. */
  readonly place: Uint8Array | null;
}
