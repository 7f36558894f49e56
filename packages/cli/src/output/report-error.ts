/** Tells an error: two lines on stderr, or the last line of JSON. Never a stack trace unless asked. */
import { HoldfastError } from '@holdfast/core/errors';
import { CommandError } from '../command-error.ts';
import { EXIT_FAILED } from '../exit-codes.ts';
import { safeText } from '../terminal/safe-text.ts';
import { styleFor } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { encodeJsonLine } from './json-line.ts';
import { nextStepFor } from './next-step.ts';

/**
 * `HOLDFAST_DEBUG=1` adds the stack trace.
 *
 * @returns the exit code.
 */
export function reportError(error: unknown, terminal: Terminal, isJson: boolean): number {
  const known = error instanceof HoldfastError ? error : null;
  const message = known?.message ?? `Cannot go on: ${describeUnknown(error)}`;
  const exitCode = known?.exitCode ?? EXIT_FAILED;
  const nextStep =
    known instanceof CommandError && known.nextStep !== undefined
      ? known.nextStep
      : known && nextStepFor(known.code);

  if (isJson) {
    terminal.stdout.write(
      encodeJsonLine({
        type: 'error',
        code: known?.code ?? 'unexpected',
        message,
        ...(nextStep ? { nextStep } : {}),
        ...known?.details,
        exitCode,
      }),
    );
  } else {
    const style = styleFor(terminal.stderr, terminal.env);
    terminal.stderr.write(`${style('red', 'holdfast:')} ${safeText(message)}\n`);
    if (nextStep) terminal.stderr.write(`          ${nextStep}\n`);
  }
  if (terminal.env.HOLDFAST_DEBUG && error instanceof Error) {
    terminal.stderr.write(`${error.stack}\n`);
  }
  return exitCode;
}

function describeUnknown(error: unknown): string {
  return error instanceof Error ? error.message : 'something unexpected happened';
}
