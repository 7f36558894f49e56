/** Real PostgreSQL servers with synchronous standbys, by tools/engines. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { type HeldEngine, holdEngine } from './held-engine.ts';

const POSTGRES = process.env.POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin';

export type PostgresNode = 'n1' | 'n2' | 'n3';

export interface PostgresCluster {
  /** URLs of a database on all nodes. */
  urlsOf(database: string): string[];
  /** Runs SQL on a node as superuser. @returns the rows as bare text. */
  sql(node: PostgresNode, statement: string): Promise<string>;
  /** As tools/engines/faults.sh says. */
  fault(what: 'kill' | 'stop' | 'continue' | 'start', ...nodes: PostgresNode[]): Promise<void>;
  /** Ends all nodes and removes their files. */
  stop(): Promise<void>;
}

/** n1 is the primary at first; any one of n2 and n3 confirms a commit. */
export interface PostgresQuorum extends PostgresCluster {
  /** Makes a standby the primary, after the old one's end. @returns which. */
  promote(): Promise<PostgresNode>;
}

/** Why PostgreSQL can't be started here, as `skip` of a test wants it. */
export function postgresMissing(): string | false {
  return existsSync(`${POSTGRES}/postgres`) ? false : 'NOT RUN: PostgreSQL 15 is not installed';
}

/** Why Patroni can't be started here, as `skip` of a test wants it. */
export function patroniMissing(): string | false {
  const missing = ['/usr/bin/patroni', '/usr/bin/etcd'].filter((path) => !existsSync(path));
  return missing.length === 0 ? postgresMissing() : `NOT RUN: no ${missing.join(', no ')}`;
}

export async function startPostgresQuorum(): Promise<PostgresQuorum> {
  const engine = await holdEngine('postgres-quorum');
  return {
    ...clusterOf(engine),
    promote: async () => {
      const answer = await engine.run('postgres-quorum-promote.sh');
      return answer.replace('PRIMARY=', '') as PostgresNode;
    },
  };
}

/** Any node is the primary at first, and another one some seconds after its end. */
export async function startPatroni(): Promise<PostgresCluster> {
  return clusterOf(await holdEngine('patroni'));
}

function clusterOf({ run, settings, stop }: HeldEngine): PostgresCluster {
  const ports = settings.get('PORTS')?.split(' ') ?? [];
  return {
    urlsOf: (database) => ports.map((port) => `postgres://postgres@127.0.0.1:${port}/${database}`),
    sql: async (node, statement) => {
      const port = ports[Number(node.slice(1)) - 1] ?? '';
      const where = ['-h', '127.0.0.1', '-p', port, '-U', 'postgres', '-d', 'postgres'];
      const options = ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', statement];
      const { stdout } = await promisify(execFile)(`${POSTGRES}/psql`, [...where, ...options]);
      return stdout.trim();
    },
    fault: async (what, ...nodes) => {
      await run('faults.sh', what, ...nodes);
    },
    stop,
  };
}
