/** Changes of objects, inside the transaction of the connection that writes. */
import type { DatabaseSync } from 'node:sqlite';
import type { Advance, NewObject, PutOutcome, TakenObject } from '../metadata-store.ts';

export type ObjectWrite =
  | { readonly kind: 'put'; readonly object: NewObject }
  | {
      readonly kind: 'delete';
      readonly accountId: Uint8Array;
      readonly name: string;
      readonly nowMs: number;
    }
  | { readonly kind: 'take-deleted'; readonly beforeMs: number; readonly limit: number };

export type ObjectWritten = PutOutcome | boolean | readonly TakenObject[];

interface AccountRow {
  readonly row_id: number;
  readonly used_bytes: number;
  readonly revision: number;
}

interface ObjectRow {
  readonly row_id: number;
  readonly length_bytes: number;
}

interface DeletedRow {
  readonly row_id: number;
  readonly account_id: Uint8Array;
  readonly place: Uint8Array | null;
}

export class ObjectWriter {
  readonly #statements: ReturnType<typeof prepareAll>;

  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database);
  }

  write(write: ObjectWrite): ObjectWritten {
    switch (write.kind) {
      case 'put':
        return this.#put(write.object);
      case 'delete':
        return this.#delete(write.accountId, write.name, write.nowMs);
      case 'take-deleted':
        return this.#takeDeleted(write.beforeMs, write.limit);
    }
  }

  #put(object: NewObject): PutOutcome {
    const { accountId, name, lengthBytes, hash, writtenAtMs, content, advance } = object;
    const statements = this.#statements;
    const account = statements.account.get(accountId) as AccountRow | undefined;
    if (account === undefined) throw new RangeError('"accountId" must be of an account');
    if (statements.find.get(account.row_id, name) !== undefined) return 'exists';
    if (account.used_bytes + lengthBytes > object.quotaBytes) return 'full';
    if (advance !== undefined && advance.expectedRevision !== account.revision) return 'conflict';
    const isSigned = advance?.kind === 'head' && advance.isSigned ? 1 : 0;
    const place = content.kind === 'place' ? content.place : null;
    const { lastInsertRowid } = statements.insert.run(
      ...[account.row_id, name, lengthBytes, hash, writtenAtMs, place, isSigned],
    );
    if (content.kind === 'inline') statements.insertBytes.run(lastInsertRowid, content.bytes);
    statements.count.run(lengthBytes, 1, account.row_id);
    if (advance !== undefined) this.#advance(account.row_id, advance);
    return 'stored';
  }

  #advance(account: number, advance: Advance): void {
    const statements = this.#statements;
    if (advance.kind === 'head') {
      statements.advanceHead.run(advance.number, account);
      return;
    }
    statements.rotate.run(advance.ownerKey, advance.headKey, account);
    statements.sign.run(account, advance.headName);
    if (!advance.keepsSubjects) statements.endSubjects.run(account);
  }

  #delete(accountId: Uint8Array, name: string, nowMs: number): boolean {
    const statements = this.#statements;
    const { row_id: account } = statements.account.get(accountId) as unknown as AccountRow;
    const row = statements.find.get(account, name) as ObjectRow | undefined;
    if (row === undefined) return false;
    statements.putAside.run(nowMs, row.row_id);
    statements.count.run(-row.length_bytes, -1, account);
    return true;
  }

  #takeDeleted(beforeMs: number, limit: number): readonly TakenObject[] {
    const rows = this.#statements.listDeleted.all(beforeMs, limit) as unknown as DeletedRow[];
    for (const { row_id } of rows) {
      this.#statements.dropBytes.run(row_id);
      this.#statements.drop.run(row_id);
    }
    return rows.map(({ account_id: accountId, place }) => ({ accountId, place }));
  }
}

function prepareAll(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    account: prepare('SELECT row_id, used_bytes, revision FROM accounts WHERE account_id = ?'),
    find: prepare(
      'SELECT row_id, length_bytes FROM objects ' +
        'WHERE account = ? AND name = ? AND deleted_at_ms IS NULL',
    ),
    insert: prepare(
      'INSERT INTO objects (account, name, length_bytes, hash, written_at_ms, place, is_signed) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    insertBytes: prepare('INSERT INTO inline_bytes VALUES (?, ?)'),
    count: prepare(
      'UPDATE accounts SET used_bytes = used_bytes + ?, objects = objects + ? WHERE row_id = ?',
    ),
    advanceHead: prepare(
      'UPDATE accounts SET revision = revision + 1, greatest_head = ? WHERE row_id = ?',
    ),
    rotate: prepare(
      'UPDATE accounts SET revision = revision + 1, generation = generation + 1, owner_key = ?, ' +
        'head_key = ? WHERE row_id = ?',
    ),
    sign: prepare(
      'UPDATE objects SET is_signed = 1 WHERE account = ? AND name = ? AND deleted_at_ms IS NULL',
    ),
    endSubjects: prepare('DELETE FROM subjects WHERE account = ?'),
    putAside: prepare('UPDATE objects SET deleted_at_ms = ? WHERE row_id = ?'),
    listDeleted: prepare(
      'SELECT objects.row_id, account_id, place FROM objects ' +
        'JOIN accounts ON accounts.row_id = account WHERE deleted_at_ms <= ? ' +
        'ORDER BY deleted_at_ms LIMIT ?',
    ),
    dropBytes: prepare('DELETE FROM inline_bytes WHERE object = ?'),
    drop: prepare('DELETE FROM objects WHERE row_id = ?'),
  };
}
