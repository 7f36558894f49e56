/**
 * A vault's database in PostgreSQL, for vaults of several nodes: the nodes keep nothing themselves,
 * and a commit is on the disks of a quorum before it is acknowledged (docs/decisions/records.md).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, HoldfastError } from '@holdfast/core/errors';
import {
  assertOpen,
  type CheckedChange,
  checkedChange,
  checkedCount,
  checkedHash,
  checkedLimit,
  checkedSetting,
  checkedSettingName,
  checkedTime,
  wrongLogNumber,
} from '../arguments.ts';
import type { CommitOutcome, LedgerChange, RecordStore, StoredLedger } from '../record-store.ts';
import { assertAddress } from './addresses.ts';
import { Connections, type Query, type Rows } from './connections.ts';
import { unsafe } from './durability.ts';
import { isRetryable, postgresError } from './postgres-error.ts';
import { Queries } from './queries.ts';
import { migrate } from './schema.ts';

const ATTEMPTS = 8;
const CONNECTIONS = 16;
const CONNECTIONS_MAX = 1000;
const TIMEOUT_MS = 10_000;
const TIMEOUT_MAX_MS = 60_000;
const DOUBTFUL: ReadonlySet<ErrorCode> = new Set(['contention', 'outcome-unknown']);
const LOG_GOES_ON_AT = 'log-goes-on-at ';

export interface PostgresOptions {
  /**
   * `postgres://user:password@host/database?sslmode=verify-full` of every server that is the primary
   * or can become it; see `assertAddress()`. Not of a proxy that shares sessions between transactions.
   */
  readonly urls: readonly string[];
  /** Does without standbys: what the one machine loses is lost. */
  readonly singleNode?: boolean;
  /** At most so many to a server; 16 when not given. */
  readonly connections?: number;
  /** How long a call waits for a connection, and then for its answer; 10,000 when not given. */
  readonly timeoutMs?: number;
}

/**
 * Opens a vault's database, and makes its tables when there are none: in a schema of its own,
 * `holdfast_vault`.
 *
 * @throws {HoldfastError} `store-unreachable`, `store-denied`, `store-invalid`, `database-unsafe`,
 *   `format-too-new`, or `usage` for a URL that is none. No message holds a URL or a password.
 */
export async function openPostgresRecords(options: PostgresOptions): Promise<RecordStore> {
  const { connections = CONNECTIONS, singleNode = false, timeoutMs = TIMEOUT_MS, urls } = options;
  if (urls.length === 0) throw new RangeError('"urls" must name a server');
  for (const url of urls) assertAddress(url);
  assertRange('connections', connections, CONNECTIONS_MAX);
  assertRange('timeoutMs', timeoutMs, TIMEOUT_MAX_MS);
  const servers = new Connections({ connections, isSingleNode: singleNode, timeoutMs, urls });
  try {
    const client = await servers.connect();
    try {
      await migrate(client);
    } finally {
      client.release();
    }
    return new PostgresRecords(servers, new Queries(singleNode));
  } catch (error) {
    await servers.end();
    throw postgresError('open', error);
  }
}

function assertRange(name: string, value: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(`"${name}" must be an integer from 1 to ${max}: got ${value}`);
}

class PostgresRecords implements RecordStore {
  readonly #servers: Connections;
  readonly #queries: Queries;
  /** Set while a commit may be waiting for standbys that are gone. */
  #isInDoubt = false;
  #checking: Promise<void> | null = null;
  readonly #underWay = new Set<Promise<unknown>>();
  #hasClosed: Promise<void> | null = null;

  constructor(servers: Connections, queries: Queries) {
    this.#servers = servers;
    this.#queries = queries;
  }

  async read(ledgerId: Uint8Array): Promise<StoredLedger | null> {
    const rows = await this.#read(this.#queries.read(checkedHash('ledgerId', ledgerId)));
    return ledgerOf(rows);
  }

  async readSettled(ledgerId: Uint8Array): Promise<StoredLedger | null> {
    const query = this.#queries.readSettled(checkedHash('ledgerId', ledgerId));
    const rows = await this.#track(() => this.#change(query).catch(refuseAsUnchanged));
    if (rows[0]?.is_durable === false) throw unsafe('its settings have changed');
    return ledgerOf(rows);
  }

  async commit(change: LedgerChange): Promise<CommitOutcome> {
    const checked: CheckedChange = checkedChange(change);
    const rows = await this.#track(() => this.#change(this.#queries.commit(checked)));
    const outcome = outcomeOf(rows);
    if (!outcome.startsWith(LOG_GOES_ON_AT)) return outcome as CommitOutcome;
    throw wrongLogNumber(Number(outcome.slice(LOG_GOES_ON_AT.length)), checked.firstNumber);
  }

  async readLog(ledgerId: Uint8Array, fromNumber: number, count: number): Promise<Uint8Array[]> {
    const query = this.#queries.readLog(
      checkedHash('ledgerId', ledgerId),
      checkedCount('fromNumber', fromNumber),
      checkedLimit('count', count),
    );
    return (await this.#read(query)).map(bytesOf);
  }

  async readObject(ledgerId: Uint8Array, name: Uint8Array): Promise<Uint8Array | null> {
    const query = this.#queries.readObject(
      checkedHash('ledgerId', ledgerId),
      checkedHash('name', name),
    );
    return (await this.#read(query)).map(bytesOf)[0] ?? null;
  }

  async listDue(atMs: number, limit: number): Promise<Uint8Array[]> {
    const query = this.#queries.listDue(checkedTime('atMs', atMs), checkedLimit('limit', limit));
    return (await this.#read(query)).map(bytesOf);
  }

  async listLedgers(after: Uint8Array | null, limit: number): Promise<Uint8Array[]> {
    const query = this.#queries.listLedgers(
      after === null ? new Uint8Array() : checkedHash('after', after),
      checkedLimit('limit', limit),
    );
    return (await this.#read(query)).map(bytesOf);
  }

  async dropExpiredTokens(nowMs: number): Promise<number> {
    const query = this.#queries.dropTokens(checkedTime('nowMs', nowMs));
    for (let total = 0; ; ) {
      const rows = await this.#track(() => this.#change(query));
      total += rows.length;
      if (rows.length < Queries.TOKENS_AT_ONCE) return total;
    }
  }

  async readSetting(name: string): Promise<Uint8Array | null> {
    const rows = await this.#read(this.#queries.readSetting(checkedSettingName(name)));
    return rows.map(bytesOf)[0] ?? null;
  }

  async writeSetting(
    name: string,
    expected: Uint8Array | null,
    value: Uint8Array,
  ): Promise<'written' | 'conflict'> {
    const query = this.#queries.writeSetting(
      checkedSettingName(name),
      expected === null ? null : checkedSetting('expected', expected),
      checkedSetting('value', value),
    );
    return outcomeOf(await this.#track(() => this.#change(query))) as 'written' | 'conflict';
  }

  check(): Promise<void> {
    return this.#track(() => this.#check());
  }

  close(): Promise<void> {
    this.#hasClosed ??= this.#close();
    return this.#hasClosed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#servers.end();
  }

  #read(query: Query): Promise<Rows> {
    return this.#track(async () => {
      try {
        return await this.#servers.ask('read', query);
      } catch (error) {
        throw postgresError('read', error);
      }
    });
  }

  /** Calls that have begun are done before the end. */
  async #track<Result>(call: () => Promise<Result>): Promise<Result> {
    assertOpen(this.#hasClosed);
    const underWay = call();
    this.#underWay.add(underWay);
    try {
      return await underWay;
    } finally {
      this.#underWay.delete(underWay);
    }
  }

  /**
   * Makes a change; again when it was undone for others' sake. After a doubtful one only `check()`
   * asks, until it succeeds: without standbys every commit would leave a session that waits for
   * them, and take the server's last connection in the end.
   */
  async #change(query: Query): Promise<Rows> {
    if (this.#isInDoubt) await this.#check();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#servers.ask('change', query);
      } catch (error) {
        if (isRetryable(error) && attempt < ATTEMPTS) {
          await sleep(Math.random() * 5 * attempt);
          continue;
        }
        const meaning = postgresError('change', error);
        if (meaning.code === 'outcome-unknown') {
          this.#isInDoubt = true;
          this.#servers.moveOn();
        }
        throw meaning;
      }
    }
  }

  /**
   * One for all who ask at the same time. It writes the same row always: a session that waits for
   * standbys holds that, and so the next can't become another such.
   */
  #check(): Promise<void> {
    this.#checking ??= this.#commitCheck().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async #commitCheck(): Promise<void> {
    try {
      const rows = await this.#servers.ask('change', this.#queries.check());
      if (rows.length !== 1) throw unsafe('its settings have changed');
      this.#isInDoubt = false;
    } catch (error) {
      this.#servers.moveOn();
      return refuseAsUnchanged(postgresError('change', error));
    }
  }
}

/** For what changes nothing that a caller sees, so that its outcome matters to nobody. */
function refuseAsUnchanged(cause: unknown): never {
  const isDoubtful = cause instanceof HoldfastError && DOUBTFUL.has(cause.code);
  if (!isDoubtful) throw cause;
  const message = "Cannot commit to the vault's database: no answer came, or no standby confirms";
  throw new HoldfastError('store-unreachable', message, { cause });
}

function outcomeOf(rows: Rows): string {
  const outcome = rows[0]?.outcome;
  if (typeof outcome === 'string') return outcome;
  throw unsafe('its settings have changed');
}

function ledgerOf(rows: Rows): StoredLedger | null {
  const [row] = rows;
  if (row === undefined) return null;
  const { revision, sealed, due_at_ms: dueAtMs } = row;
  return {
    revision: Number(revision),
    sealed: bytesOf({ bytes: sealed }),
    dueAtMs: dueAtMs === null ? null : Number(dueAtMs),
  };
}

function bytesOf({ bytes }: Record<string, unknown>): Uint8Array {
  return new Uint8Array(bytes as Buffer);
}
