/** What is asked of a provider's database in SQLite, by a connection that reads only. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { sqliteError } from '@holdfast/serving/sqlite';
import type {
  Account,
  AccountKey,
  ListPage,
  MetadataStore,
  Scope,
  StoredObject,
  TokenOwner,
} from '../metadata-store.ts';

type Reads = Pick<
  MetadataStore,
  | 'readAccount'
  | 'findOwner'
  | 'findKey'
  | 'findToken'
  | 'findSubject'
  | 'findObject'
  | 'readInline'
  | 'listObjects'
  | 'findSignedBelow'
  | 'hasPlace'
>;

export class SqliteReader implements Reads {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareReads>;

  /** @param database Taken over. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepareReads(database);
  }

  async readAccount(accountId: Uint8Array): Promise<Account | null> {
    return this.#one<Account>(this.#statements.account, accountId);
  }

  async findOwner(ownerKey: Uint8Array): Promise<Account | null> {
    return this.#one<Account>(this.#statements.owner, ownerKey);
  }

  async findKey(key: Uint8Array): Promise<AccountKey | null> {
    const row = this.#one<Account & { keyGeneration: number }>(this.#statements.key, key);
    if (row === null) return null;
    const { keyGeneration: generation, ...account } = row;
    return { account, generation };
  }

  async findToken(tokenHash: Uint8Array, nowMs: number): Promise<TokenOwner | null> {
    const row = this.#one<Account & { scope: Scope }>(this.#statements.token, tokenHash, nowMs);
    if (row === null) return null;
    const { scope, ...account } = row;
    return { account, scope };
  }

  async findSubject(subject: Uint8Array): Promise<Account | null> {
    return this.#one<Account>(this.#statements.subject, subject);
  }

  async findObject(accountId: Uint8Array, name: string): Promise<StoredObject | null> {
    return this.#one<StoredObject>(this.#statements.object, accountId, name);
  }

  async readInline(accountId: Uint8Array, name: string): Promise<Uint8Array | null> {
    const row = this.#one<{ bytes: Uint8Array }>(this.#statements.inline, accountId, name);
    return row?.bytes ?? null;
  }

  async listObjects(
    accountId: Uint8Array,
    { prefix, after, limit }: ListPage,
  ): Promise<StoredObject[]> {
    // Names are ASCII, so the last one that begins so is below this.
    const end = `${prefix}\u007f`;
    const from = after === null || after < prefix ? prefix : `${after}\0`;
    return this.#all<StoredObject>(this.#statements.list, accountId, from, end, limit);
  }

  async findSignedBelow(
    accountId: Uint8Array,
    prefix: string,
    below: string,
  ): Promise<StoredObject | null> {
    return this.#one<StoredObject>(this.#statements.signedBelow, accountId, prefix, below);
  }

  async hasPlace(accountId: Uint8Array, place: Uint8Array): Promise<boolean> {
    return this.#one<unknown>(this.#statements.place, accountId, place) !== null;
  }

  readSetting(name: string): Uint8Array | null {
    return this.#one<{ value: Uint8Array }>(this.#statements.setting, name)?.value ?? null;
  }

  close(): void {
    this.#database.close();
  }

  #one<Row>(statement: StatementSync, ...values: SQLInputValue[]): Row | null {
    try {
      const row = statement.get(...values);
      return row === undefined ? null : ({ ...row } as Row);
    } catch (error) {
      throw sqliteError('provider', 'read', error);
    }
  }

  #all<Row>(statement: StatementSync, ...values: SQLInputValue[]): Row[] {
    try {
      return statement.all(...values) as unknown as Row[];
    } catch (error) {
      throw sqliteError('provider', 'read', error);
    }
  }
}

const ACCOUNT =
  'account_id AS accountId, backup_id AS backupId, accounts.generation, owner_key AS ownerKey, ' +
  'head_key AS headKey, revision, greatest_head AS greatestHead, used_bytes AS usedBytes, ' +
  'objects, quota_bytes AS quotaBytes, created_at_ms AS createdAtMs';
const OBJECT = 'name, length_bytes AS lengthBytes, hash, written_at_ms AS writtenAtMs, place';
const LIVE =
  'FROM objects WHERE account = (SELECT row_id FROM accounts WHERE account_id = ?) ' +
  'AND deleted_at_ms IS NULL';

function prepareReads(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  const joined = 'JOIN accounts ON accounts.row_id = account';
  return {
    account: prepare(`SELECT ${ACCOUNT} FROM accounts WHERE account_id = ?`),
    owner: prepare(`SELECT ${ACCOUNT} FROM accounts WHERE owner_key = ?`),
    key: prepare(
      `SELECT ${ACCOUNT}, account_keys.generation AS keyGeneration FROM account_keys ${joined} ` +
        'WHERE auth_key = ?',
    ),
    token: prepare(
      `SELECT ${ACCOUNT}, scope FROM tokens ${joined} WHERE token_hash = ? AND expires_at_ms > ? ` +
        'AND tokens.generation = accounts.generation',
    ),
    subject: prepare(`SELECT ${ACCOUNT} FROM subjects ${joined} WHERE subject = ?`),
    object: prepare(`SELECT ${OBJECT} ${LIVE} AND name = ?`),
    inline: prepare(
      'SELECT bytes FROM inline_bytes JOIN objects ON row_id = object ' +
        'WHERE account = (SELECT row_id FROM accounts WHERE account_id = ?) AND name = ? ' +
        'AND deleted_at_ms IS NULL',
    ),
    list: prepare(`SELECT ${OBJECT} ${LIVE} AND name >= ? AND name < ? ORDER BY name LIMIT ?`),
    signedBelow: prepare(
      `SELECT ${OBJECT} ${LIVE} AND is_signed = 1 AND name >= ? AND name < ? ` +
        'ORDER BY name DESC LIMIT 1',
    ),
    place: prepare(
      'SELECT 1 FROM objects WHERE account = (SELECT row_id FROM accounts WHERE account_id = ?) ' +
        'AND place = ?',
    ),
    setting: prepare('SELECT value FROM settings WHERE name = ?'),
  };
}
