/** A real PostgreSQL primary with two synchronous standbys, by tools/engines. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPTS = fileURLToPath(import.meta.resolve('../../../../tools/engines/'));
const POSTGRES = process.env.POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin';
const run = promisify(execFile);

export type PostgresNode = 'n1' | 'n2' | 'n3';

export interface PostgresQuorum {
  /** URLs of a database on all nodes; n1 is the primary at first. */
  urlsOf(database: string): string[];
  /** Runs SQL on a node as superuser. @returns the rows as bare text. */
  sql(node: PostgresNode, statement: string): Promise<string>;
  /** As tools/engines/faults.sh says. */
  fault(what: 'kill' | 'stop' | 'continue' | 'start', ...nodes: PostgresNode[]): Promise<void>;
  /** Makes a standby the primary, after the old one's end. @returns which. */
  promote(): Promise<PostgresNode>;
  /** Ends all nodes and removes their files. */
  stop(): Promise<void>;
}

/** Why PostgreSQL can't be started here, as `skip` of a test wants it. */
export function postgresMissing(): string | false {
  return existsSync(`${POSTGRES}/postgres`) ? false : 'NOT RUN: PostgreSQL 15 is not installed';
}

/** Ends with this process, however that ends. */
export async function startPostgresQuorum(): Promise<PostgresQuorum> {
  // In a process group of its own, so that Ctrl-C reaches it as the end of its input only.
  const holder = spawn(`${SCRIPTS}hold.sh`, ['postgres-quorum'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const settings = new Map<string, string>();
  for await (const line of createInterface({ input: holder.stdout })) {
    if (line === 'READY') break;
    const at = line.indexOf('=');
    settings.set(line.slice(0, at), line.slice(at + 1));
  }
  const folder = settings.get('DIR');
  const ports = settings.get('PORTS')?.split(' ');
  if (folder === undefined || ports === undefined) {
    throw new Error('Cannot start PostgreSQL: it says above why');
  }
  const portOf = (node: PostgresNode) => ports[Number(node.slice(1)) - 1] ?? '';
  return {
    urlsOf: (database) => ports.map((port) => `postgres://postgres@127.0.0.1:${port}/${database}`),
    sql: async (node, statement) => {
      const where = ['-h', '127.0.0.1', '-p', portOf(node), '-U', 'postgres', '-d', 'postgres'];
      const options = ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', statement];
      return (await run(`${POSTGRES}/psql`, [...where, ...options])).stdout.trim();
    },
    fault: async (what, ...nodes) => {
      await run(`${SCRIPTS}faults.sh`, [folder, what, ...nodes]);
    },
    promote: async () => {
      const { stdout } = await run(`${SCRIPTS}postgres-quorum-promote.sh`, [folder]);
      return stdout.trim().replace('PRIMARY=', '') as PostgresNode;
    },
    stop: async () => {
      holder.stdin.end();
      await once(holder, 'exit');
    },
  };
}
