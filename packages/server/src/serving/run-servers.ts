/** The whole life of a process that serves: started, and ended in order when it is told to stop. */
import type { Environment } from '../command.ts';
import { type Logger, makeLog } from './log.ts';
import type { ServedApp } from './serve-app.ts';
import { listenForSignals } from './stop-signals.ts';

export interface RunOptions {
  readonly env: Environment;
  readonly logLevel: Parameters<typeof makeLog>[0];
  /** Prints a line for the operator. */
  say(line: string): void;
}

/** What a server is started with. */
export interface Stage extends Pick<RunOptions, 'env' | 'say'> {
  readonly log: Logger;
  /** What is to be ended, in reverse order. */
  readonly opened: AsyncDisposableStack;
}

/**
 * Runs until it is told to stop.
 *
 * @param start Starts servers one after the other, each given what it opens.
 */
export async function runServers(
  { env, logLevel, say }: RunOptions,
  start: (stage: Stage) => Promise<readonly ServedApp[]>,
): Promise<void> {
  const log = makeLog(logLevel);
  let served: readonly ServedApp[] = [];
  using signals = listenForSignals(() => Promise.all(served.map((one) => one.reload())));
  await using opened = new AsyncDisposableStack();
  served = await start({ env, say, log, opened });
  await stopped(signals.signal);
  log.info('stopping');
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
