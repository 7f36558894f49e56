/** What a record store asks of PostgreSQL. */
import type { CheckedChange } from '../arguments.ts';
import type { Query } from './connections.ts';
import { durableSql } from './durability.ts';

const STATE = 'revision, sealed, due_at_ms';
const LEDGER = '(SELECT row_id FROM holdfast_vault.ledgers WHERE ledger_id = $1)';

export class Queries {
  /** Forgotten in one transaction, so that commits never wait for long. */
  static readonly TOKENS_AT_ONCE = 10_000;

  /** True while commits are durable: settings can change while a connection is open. */
  readonly #durable: string;

  constructor(isSingleNode: boolean) {
    this.#durable = durableSql(isSingleNode);
  }

  commit(change: CheckedChange): Query {
    const values = [
      buffer(change.ledgerId),
      change.expectedRevision,
      buffer(change.sealed),
      change.dueAtMs,
      change.firstNumber,
      change.entries.map(buffer),
      change.putNames.map(buffer),
      change.putBytes.map(buffer),
      change.deleteNames.map(buffer),
      change.tokenHash === null ? null : buffer(change.tokenHash),
      change.tokenExpiresAtMs,
    ];
    return this.#call('commit_change', values);
  }

  writeSetting(name: string, expected: Uint8Array | null, value: Uint8Array): Query {
    return this.#call('write_setting', [
      name,
      expected === null ? null : buffer(expected),
      buffer(value),
    ]);
  }

  /** Its outcome is null, and nothing was changed, while commits are not durable. */
  #call(name: 'commit_change' | 'write_setting', values: unknown[]): Query {
    const places = values.map((_, i) => `$${i + 1}`).join(', ');
    const text = `SELECT CASE WHEN ${this.#durable} THEN holdfast_vault.${name}(${places}) END AS outcome`;
    return { name, text, values };
  }

  /** Returns one row, or none while commits are not durable. */
  check(): Query {
    return {
      name: 'check',
      text: `UPDATE holdfast_vault.last_check SET at_ms = at_ms + 1 WHERE ${this.#durable} RETURNING 1`,
      values: [],
    };
  }

  read(ledgerId: Uint8Array): Query {
    return {
      name: 'read',
      text: `SELECT ${STATE} FROM holdfast_vault.ledgers WHERE ledger_id = $1`,
      values: [buffer(ledgerId)],
    };
  }

  /** Locks the row, which is written to the log: so its commit waits for standbys as any other. */
  readSettled(ledgerId: Uint8Array): Query {
    return {
      name: 'read_settled',
      text:
        `SELECT ${STATE}, ${this.#durable} AS is_durable FROM holdfast_vault.ledgers ` +
        'WHERE ledger_id = $1 FOR UPDATE',
      values: [buffer(ledgerId)],
    };
  }

  readLog(ledgerId: Uint8Array, fromNumber: number, count: number): Query {
    return {
      name: 'read_log',
      text:
        'SELECT entry AS bytes FROM holdfast_vault.log_entries ' +
        `WHERE ledger = ${LEDGER} AND number >= $2 ORDER BY number LIMIT $3`,
      values: [buffer(ledgerId), fromNumber, count],
    };
  }

  readObject(ledgerId: Uint8Array, name: Uint8Array): Query {
    return {
      name: 'read_object',
      text: `SELECT bytes FROM holdfast_vault.objects WHERE ledger = ${LEDGER} AND name = $2`,
      values: [buffer(ledgerId), buffer(name)],
    };
  }

  listDue(atMs: number, limit: number): Query {
    return {
      name: 'list_due',
      text:
        'SELECT ledger_id AS bytes FROM holdfast_vault.ledgers WHERE due_at_ms <= $1 ' +
        'ORDER BY due_at_ms, ledger_id LIMIT $2',
      values: [atMs, limit],
    };
  }

  listLedgers(after: Uint8Array, limit: number): Query {
    return {
      name: 'list_ledgers',
      text:
        'SELECT ledger_id AS bytes FROM holdfast_vault.ledgers WHERE ledger_id > $1 ' +
        'ORDER BY ledger_id LIMIT $2',
      values: [buffer(after), limit],
    };
  }

  /** Returns a row for each token that it forgets. */
  dropTokens(nowMs: number): Query {
    return {
      name: 'drop_tokens',
      text:
        'DELETE FROM holdfast_vault.used_tokens WHERE token_hash IN (SELECT token_hash FROM ' +
        'holdfast_vault.used_tokens WHERE expires_at_ms <= $1 LIMIT $2) RETURNING 1',
      values: [nowMs, Queries.TOKENS_AT_ONCE],
    };
  }

  readSetting(name: string): Query {
    return {
      name: 'read_setting',
      text: 'SELECT value AS bytes FROM holdfast_vault.settings WHERE name = $1',
      values: [name],
    };
  }
}

/** `pg` sends a Buffer as bytes, and any other array as text. */
/** A copy: they may change while the query waits for a connection. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}
