/** A child process that commits to a record store until it is killed. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** How another process opens a record store. */
export interface Opener {
  /** URL of the module. */
  readonly module: string;
  /** Name of the export, a function from a place to a promise of a record store. */
  readonly name: string;
}

/** What the child is to do; it reads it as JSON, for a place can hold a password. */
export interface CommittingOrder {
  readonly opener: Opener;
  readonly place: unknown;
}

/** What was last acknowledged of a ledger. */
export interface Acknowledged {
  readonly revision: number;
  /** Of the token that it used. */
  readonly tokenHash: Uint8Array;
}

export interface CommittingProcess {
  /** Commits acknowledged so far. */
  readonly count: number;
  /** The last of them, by ledger id in hex. */
  readonly newest: ReadonlyMap<string, Acknowledged>;
  /** Throws once the child has ended by itself. */
  assertRuns(): void;
  /** Kills the child as a crash would; resolves when it is gone and its last words are read. */
  kill(): Promise<void>;
}

export function startCommitting(order: CommittingOrder): CommittingProcess {
  const script = fileURLToPath(import.meta.resolve('./commit-in-process.ts'));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(order));
  const newest = new Map<string, Acknowledged>();
  let count = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [id, revision, tokenHash] = line.split(' ');
    // The last line may be cut off.
    if (id === undefined || tokenHash?.length !== 64) return;
    newest.set(id, { revision: Number(revision), tokenHash: Buffer.from(tokenHash, 'hex') });
    count++;
  });
  const hasClosed = once(child, 'close');
  return {
    get count() {
      return count;
    },
    newest,
    assertRuns: () => {
      if (child.exitCode === null) return;
      throw new Error(`Cannot commit: the child process ended with ${child.exitCode}`);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await hasClosed;
    },
  };
}
