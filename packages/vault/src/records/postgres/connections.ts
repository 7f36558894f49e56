/**
 * Connections to the primary among several servers: bounded, checked when they are made, and never
 * waited for without end.
 */
import { HoldfastError } from '@holdfast/core/errors';
import pg, { type ClientBase, type PoolClient, type QueryConfig } from 'pg';
import { assertDurable } from './durability.ts';
import { isRetryable, postgresError } from './postgres-error.ts';

const IDLE_TIMEOUT_MS = 30_000;
/** A connection that is lost without a word is found out after this, and ten seconds. */
const KEEP_ALIVE_MS = 5000;
/** So that the server's own time limit, after which nothing was changed, comes first. */
const ANSWER_EXTRA_MS = 1000;
const NOTICE_SUCCESS = '00000';

export interface ConnectionOptions {
  readonly urls: readonly string[];
  readonly isSingleNode: boolean;
  /** As many to each server. */
  readonly connections: number;
  readonly timeoutMs: number;
}

/** A query that has a name is prepared once for each connection. */
export type Query = Required<Pick<QueryConfig, 'name' | 'text'>> & { readonly values: unknown[] };
export type Rows = readonly Record<string, unknown>[];

export class Connections {
  readonly #pools: readonly pg.Pool[];
  /** The server that was the primary when last asked. */
  #current = 0;

  constructor({ connections, isSingleNode, timeoutMs, urls }: ConnectionOptions) {
    this.#pools = urls.map((connectionString) => {
      const pool = new pg.Pool({
        connectionString,
        application_name: 'holdfast-vault',
        connectionTimeoutMillis: timeoutMs,
        idleTimeoutMillis: IDLE_TIMEOUT_MS,
        keepAlive: true,
        keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
        max: connections,
        onConnect: (client) => prepare(client, isSingleNode, timeoutMs),
        query_timeout: timeoutMs + ANSWER_EXTRA_MS,
      });
      // An idle connection that breaks is replaced when the next one is needed.
      pool.on('error', () => undefined);
      return pool;
    });
  }

  /**
   * Asks the primary, once.
   *
   * @param action `change`: an answer that is lost, or comes with a warning, is `outcome-unknown`.
   * @throws What `pg` throws when the query itself failed, so that it can be made again.
   */
  async ask(action: 'change' | 'read', query: Query): Promise<Rows> {
    const client = await this.connect();
    let warning: string | null = null;
    const onNotice = ({
      code,
      message,
    }: {
      code?: string | undefined;
      message?: string | undefined;
    }) => {
      if (code !== NOTICE_SUCCESS) warning = message ?? 'a warning';
    };
    client.on('notice', onNotice);
    try {
      const { rows } = await client.query(query);
      if (warning !== null && action === 'change') {
        throw postgresError('change', new Error(`PostgreSQL warned: ${warning}`));
      }
      client.release();
      return rows;
    } catch (error) {
      client.release(!isRetryable(error));
      throw error;
    } finally {
      client.off('notice', onNotice);
    }
  }

  /** A connection to the primary, wherever that is; `release()` gives it back. */
  async connect(): Promise<PoolClient> {
    const failures: HoldfastError[] = [];
    const first = this.#current;
    for (const i of this.#pools.keys()) {
      const server = (first + i) % this.#pools.length;
      try {
        const client = await (this.#pools[server] as pg.Pool).connect();
        this.#current = server;
        return client;
      } catch (error) {
        failures.push(postgresError('open', error));
      }
    }
    // What can be mended by hand is told before what passes by itself.
    throw (
      failures.find(({ code }) => code !== 'store-unreachable') ?? (failures[0] as HoldfastError)
    );
  }

  /** Asks the next server first: this one may have been replaced without knowing. */
  moveOn(): void {
    this.#current = (this.#current + 1) % this.#pools.length;
  }

  /** Ends when all connections have been given back. */
  async end(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.end()));
  }
}

/** Refuses a server that is not the primary, or not safe, and makes the session's own settings. */
async function prepare(
  client: ClientBase,
  isSingleNode: boolean,
  timeoutMs: number,
): Promise<void> {
  // What breaks a connection in use reaches the query; without a listener it would end the process.
  client.on('error', () => undefined);
  const { rows } = await client.query(
    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS is_read_only",
  );
  if (rows[0]?.is_read_only !== false) {
    const message = "Cannot open the vault's database: the server is no primary";
    throw new HoldfastError('store-unreachable', message);
  }
  await assertDurable(client, isSingleNode);
  await client.query(
    `SET synchronous_commit = on; SET statement_timeout = ${timeoutMs}; ` +
      "SET default_transaction_isolation = 'read committed'; SET client_min_messages = warning",
  );
}
