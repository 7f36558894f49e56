/** Tells an error: what is the state, and what to do next. Never a stack trace unless asked. */
import { HoldfastError } from '@holdfast/core/errors';
import type { Environment } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { systemState } from './system-state.ts';

const NAME = 'holdfast-server: ';
const EXIT_FAILED = 1;

export interface ErrorOutput {
  readonly stderr: { write(text: string): unknown };
  readonly env: Environment;
}

/**
 * `HOLDFAST_DEBUG=1` adds the stack trace.
 *
 * @returns the exit code.
 */
export function reportError(error: unknown, { stderr, env }: ErrorOutput): number {
  const isOurs = error instanceof HoldfastError;
  const { path } = (error ?? {}) as NodeJS.ErrnoException;
  const message = isOurs
    ? error.message
    : `Cannot ${path === undefined ? 'go on' : `use ${path}`}: ${systemState(error)}`;
  stderr.write(`${NAME}${message}\n`);
  const nextStep = error instanceof CommandError ? error.nextStep : undefined;
  if (nextStep !== undefined) stderr.write(`${' '.repeat(NAME.length)}${nextStep}\n`);
  if (env.HOLDFAST_DEBUG && error instanceof Error) stderr.write(`${error.stack}\n`);
  return isOurs ? error.exitCode : EXIT_FAILED;
}
