/** A child process that puts objects into a store until it has done its work or is killed. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the child is to do; passed to it as JSON. */
export interface PuttingOrder {
  /** URL of a module that exports `openStore(url)`. */
  readonly openerModule: string;
  readonly url: string;
  /** Puts `race/0`, `race/1`, … with this racer's bytes; needs `names`. */
  readonly racer?: number;
  /** Puts `packs/xx/<sha256>` with bytes that follow from this. */
  readonly seed?: number;
  /** Ends after as many; goes on until killed without. */
  readonly names?: number;
}

export interface PuttingProcess {
  /** Resolves when the child has opened the store. */
  readonly isReady: Promise<void>;
  /** Resolves when the child has ended well; rejects when it failed. */
  readonly hasEnded: Promise<void>;
  /** Names whose put answered, so far. */
  readonly answered: ReadonlySet<string>;
  /** Those of them that it answered with `stored`. */
  readonly stored: ReadonlySet<string>;
  /** Starts the puts. */
  go(): void;
  /** Kills the child as a crash would; resolves when it is gone and its last words are read. */
  kill(): Promise<void>;
}

export function startPutting(order: PuttingOrder): PuttingProcess {
  const script = fileURLToPath(import.meta.resolve('./put-in-process.ts'));
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answered = new Set<string>();
  const stored = new Set<string>();
  const lines = createInterface({ input: child.stdout });
  const isReady = once(lines, 'line').then(() => undefined);
  lines.on('line', (line) => {
    const [name, answer] = line.split(' ');
    if (name !== undefined && answer !== undefined) {
      answered.add(name);
      if (answer === 'stored') {
        stored.add(name);
      }
    }
  });
  const hasClosed = once(child, 'close');
  const hasEnded = hasClosed.then(([exitCode]) => {
    if (exitCode !== 0) {
      throw new Error(`Cannot put objects: the child process ended with ${exitCode}`);
    }
  });
  // A killed child ends badly as intended: only who awaits the end hears of it.
  hasEnded.catch(() => undefined);
  return {
    isReady,
    hasEnded,
    answered,
    stored,
    go: () => child.stdin.write('go\n'),
    kill: async () => {
      child.kill('SIGKILL');
      await hasClosed;
    },
  };
}
