/** SIGTERM and Ctrl-C: the first ends a server in order, the second at once. */

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export interface StopSignals extends Disposable {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
}

/** @param onReload Called at SIGHUP, which then does not end the process. */
export function listenForSignals(onReload: () => unknown): StopSignals {
  const controller = new AbortController();
  const stop = (name: 'SIGINT' | 'SIGTERM'): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES[name]);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', onReload);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      process.off('SIGHUP', onReload);
    },
  };
}
