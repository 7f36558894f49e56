// An app that keeps writing while something else reads the sample, in its own process, since
// SQLite's file locks belong to processes.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ActiveWriter {
  readonly processId: number;
  /** Ends the writer after its current transaction; its database is closed and has no log left. */
  stop(): Promise<{ transactions: number; messages: number }>;
}

const PROCESS = fileURLToPath(new URL('./writer-process.ts', import.meta.url));

/**
 * Starts writing small transactions, one about every 5 ms, to the sample in `folder`.
 *
 * @returns once the first transaction is committed.
 * @throws {Error} when the writer ends by itself, for instance because there is no sample.
 */
export async function startWriter(
  folder: string,
  options: { seed?: number; intervalMs?: number } = {},
): Promise<ActiveWriter> {
  const settings = [folder, String(options.seed ?? 1), String(options.intervalMs ?? 5)];
  const child = fork(PROCESS, settings, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const ended = once(child, 'exit');
  const endedEarly = ended.then(([code]): never => {
    const cause = new Error(complaint);
    throw new Error(`Cannot go on writing: the writer ended with exit code ${code}`, { cause });
  });
  endedEarly.catch(() => undefined);
  await Promise.race([once(child, 'message'), endedEarly]);
  return {
    processId: child.pid as number,
    async stop() {
      const answer = once(child, 'message');
      if (child.connected) child.send('stop');
      const [counts] = await Promise.race([answer, endedEarly]);
      await ended;
      return counts as { transactions: number; messages: number };
    },
  };
}
