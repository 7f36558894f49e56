/** Ctrl-C and SIGTERM: the first stops a run cleanly, the second at once. */
import { EXIT_CANCELLED, EXIT_TERMINATED } from '../exit-codes.ts';

export interface StopSignals extends Disposable {
  readonly signal: AbortSignal;
  /** 130 or 143 once a signal came, null before. */
  exitCode(): number | null;
}

/** How long a run may take to stop before the person is told how to stop it at once. */
const PATIENCE_MS = 500;

export interface StopListener {
  /** Called when a run goes on for a while after the first signal. */
  onSlow(): void;
  /** Called at the second signal, right before the process ends with this exit code. */
  onSecond(exitCode: number): void;
}

export function listenForStop({ onSlow, onSecond }: StopListener): StopSignals {
  const controller = new AbortController();
  let exitCode: number | null = null;
  let slow: NodeJS.Timeout | undefined;
  const stop = (code: number): void => {
    if (exitCode !== null) {
      onSecond(code);
      process.exit(code);
    }
    exitCode = code;
    controller.abort();
    slow = setTimeout(onSlow, PATIENCE_MS);
    slow.unref();
  };
  const onInterrupt = (): void => stop(EXIT_CANCELLED);
  const onTerminate = (): void => stop(EXIT_TERMINATED);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    [Symbol.dispose]() {
      clearTimeout(slow);
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
    },
  };
}
