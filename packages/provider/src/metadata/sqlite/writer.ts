/**
 * The one connection that writes: many changes in one transaction, each of which stands or falls by
 * itself, because it looks at everything before it writes anything.
 */
import type { DatabaseSync } from 'node:sqlite';
import { openDurable, transactionsOf } from '@holdfast/serving/sqlite';
import type { NewAccount, NewToken } from '../metadata-store.ts';
import { SUBJECTS_MAX } from '../metadata-store.ts';
import { type ObjectWrite, ObjectWriter, type ObjectWritten } from './object-writer.ts';
import { SCHEMA } from './schema.ts';

export type Write =
  | ObjectWrite
  | { readonly kind: 'account'; readonly account: NewAccount }
  | {
      readonly kind: 'key';
      readonly accountId: Uint8Array;
      readonly generation: number;
      readonly key: Uint8Array;
    }
  | { readonly kind: 'token'; readonly token: NewToken }
  | { readonly kind: 'subject'; readonly accountId: Uint8Array; readonly subject: Uint8Array }
  | {
      readonly kind: 'remove-subject';
      readonly accountId: Uint8Array;
      readonly subject: Uint8Array;
    }
  | { readonly kind: 'invite'; readonly inviteHash: Uint8Array }
  | { readonly kind: 'setting'; readonly name: string; readonly value: Uint8Array }
  | { readonly kind: 'drop-expired'; readonly nowMs: number }
  | { readonly kind: 'check' };

/** What the calls of the port answer. */
export type Written = ObjectWritten | string | null;

export class SqliteWriter {
  readonly #database: DatabaseSync;
  readonly #inTransaction: ReturnType<typeof transactionsOf>;
  readonly #statements: ReturnType<typeof prepareAll>;
  readonly #objects: ObjectWriter;

  /**
   * Opens the database, and makes it when the file is empty.
   *
   * @throws {HoldfastError} `database-unsafe` when SQLite can't make it durable there.
   */
  constructor(path: string) {
    this.#database = openDurable(path, SCHEMA);
    try {
      this.#inTransaction = transactionsOf(this.#database);
      this.#statements = prepareAll(this.#database);
      this.#objects = new ObjectWriter(this.#database);
      // Syncs the log, too: a killed process can leave commits in it that only the page cache has.
      this.write([{ kind: 'check' }]);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /**
   * Makes all that can be made, durable when it returns.
   *
   * @throws what SQLite throws: then nothing was written, unless the error came from the disk.
   */
  write(writes: readonly Write[]): Written[] {
    return this.#inTransaction(() => writes.map((write) => this.#writeOne(write)));
  }

  close(): void {
    this.#database.close();
  }

  #writeOne(write: Write): Written {
    const statements = this.#statements;
    switch (write.kind) {
      case 'account':
        return this.#createAccount(write.account);
      case 'key': {
        const { key, accountId, generation } = write;
        const { changes } = statements.addKey.run(key, generation, accountId, generation);
        return changes === 0 ? 'exists' : 'registered';
      }
      case 'token':
        return this.#addToken(write.token);
      case 'subject':
        statements.removeSubject.run(write.subject, write.accountId);
        statements.addSubject.run(write.subject, write.accountId);
        statements.dropEldest.run(write.accountId, SUBJECTS_MAX);
        return null;
      case 'remove-subject':
        statements.removeSubject.run(write.subject, write.accountId);
        return null;
      case 'invite':
        statements.addInvite.run(write.inviteHash);
        return null;
      case 'setting':
        statements.addSetting.run(write.name, write.value);
        return null;
      case 'drop-expired':
        statements.dropTokens.run(write.nowMs);
        statements.dropChallenges.run(write.nowMs);
        return null;
      case 'check':
        statements.check.run();
        return null;
      default:
        return this.#objects.write(write);
    }
  }

  #createAccount(account: NewAccount): 'created' | 'exists' | 'invite-missing' {
    const { accountId, backupId, ownerKey, headKey, key, createdAtMs, inviteHash } = account;
    const statements = this.#statements;
    if (statements.isTaken.get(backupId, ownerKey, key) !== undefined) return 'exists';
    if (inviteHash !== null && statements.useInvite.run(inviteHash).changes === 0) {
      return 'invite-missing';
    }
    statements.createAccount.run(accountId, backupId, ownerKey, headKey, createdAtMs);
    statements.addKey.run(key, 0, accountId, 0);
    return 'created';
  }

  #addToken(token: NewToken): 'added' | 'challenge-used' {
    const { tokenHash, accountId, generation, scope, expiresAtMs, challenge } = token;
    const statements = this.#statements;
    if (
      challenge !== null &&
      statements.useChallenge.run(challenge.hash, challenge.expiresAtMs).changes === 0
    ) {
      return 'challenge-used';
    }
    statements.addToken.run(tokenHash, generation, scope, expiresAtMs, accountId);
    return 'added';
  }
}

function prepareAll(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  const account = '(SELECT row_id FROM accounts WHERE account_id = ?)';
  return {
    isTaken: prepare(
      'SELECT 1 FROM accounts WHERE backup_id = ? OR owner_key = ? ' +
        'UNION ALL SELECT 1 FROM account_keys WHERE auth_key = ?',
    ),
    useInvite: prepare('DELETE FROM invites WHERE invite_hash = ?'),
    createAccount: prepare(
      'INSERT INTO accounts (account_id, backup_id, generation, owner_key, head_key, revision, ' +
        'greatest_head, used_bytes, objects, created_at_ms) VALUES (?, ?, 0, ?, ?, 1, 0, 0, 0, ?)',
    ),
    addKey: prepare(
      'INSERT INTO account_keys (auth_key, generation, account) ' +
        'SELECT ?, ?, row_id FROM accounts WHERE account_id = ? AND generation = ? ' +
        'ON CONFLICT DO NOTHING',
    ),
    useChallenge: prepare('INSERT INTO used_challenges VALUES (?, ?) ON CONFLICT DO NOTHING'),
    addToken: prepare(
      'INSERT INTO tokens (token_hash, generation, scope, expires_at_ms, account) ' +
        'SELECT ?, ?, ?, ?, row_id FROM accounts WHERE account_id = ?',
    ),
    addSubject: prepare(
      `INSERT INTO subjects (subject, account) SELECT ?, ${account} WHERE true ON CONFLICT DO NOTHING`,
    ),
    dropEldest: prepare(
      `DELETE FROM subjects WHERE row_id IN (SELECT row_id FROM subjects WHERE account = ${account} ` +
        'ORDER BY row_id DESC LIMIT -1 OFFSET ?)',
    ),
    removeSubject: prepare(`DELETE FROM subjects WHERE subject = ? AND account = ${account}`),
    addInvite: prepare('INSERT INTO invites VALUES (?) ON CONFLICT DO NOTHING'),
    addSetting: prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING'),
    dropTokens: prepare('DELETE FROM tokens WHERE expires_at_ms <= ?'),
    dropChallenges: prepare('DELETE FROM used_challenges WHERE expires_at_ms <= ?'),
    check: prepare('UPDATE last_check SET at_ms = at_ms + 1'),
  };
}
