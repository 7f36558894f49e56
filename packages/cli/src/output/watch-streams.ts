/**
 * What befalls the streams themselves: results that could not be written are a failure, a reader
 * that went away (`| head`) is none, and when stderr fails there is nobody left to tell.
 */
import { systemState } from '@holdfast/client/system-state';
import { type CommandError, commandError } from '../command-error.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface WatchedStreams {
  /** Aborted when whoever read stdout went away. */
  readonly readerGone: AbortSignal;
  /** Waits until stdout is written. @returns an error when some of it was lost to nobody's wish. */
  settle(): Promise<CommandError | null>;
}

export function watchStreams({ stdout, stderr }: Terminal): WatchedStreams {
  const reader = new AbortController();
  let lost: Error | null = null;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') reader.abort();
    else lost ??= error;
  });
  stderr.on('error', () => {
    // The exit code still says it.
  });
  return {
    readerGone: reader.signal,
    async settle() {
      await new Promise((resolve) => stdout.write('', resolve));
      return lost === null ? null : lostResults(lost);
    },
  };
}

function lostResults(cause: Error): CommandError {
  const message = `Cannot write to standard output: ${systemState(cause)}`;
  const nextStep = 'What was printed is lost in part; what the command did is done.';
  return commandError('target-unusable', message, { cause, nextStep });
}
