/** Tells an error: two lines on stderr, or the last line of JSON. Never a stack trace unless asked. */

import { safeText } from '@holdfast/client/safe-text';
import { type ErrorDetails, HoldfastError } from '@holdfast/core/errors';
import { CommandError } from '../command-error.ts';
import { EXIT_FAILED } from '../exit-codes.ts';
import { styleFor } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrapLine } from '../terminal/wrap-line.ts';
import type { Advise } from './advise.ts';
import { encodeJsonLine } from './json-line.ts';
import { nextStepFor } from './next-step.ts';
import { isDiskFull, systemMessage } from './system-error.ts';

const NAME = 'holdfast: ';

interface ReportOptions {
  readonly isJson: boolean;
  readonly exitCode?: number;
  readonly resumes?: boolean;
  readonly advise?: Advise;
}

/**
 * `HOLDFAST_DEBUG=1` adds the stack trace.
 *
 * @param exitCode In place of the error's own.
 * @param resumes Whether the command goes on where it stopped.
 * @param advise Completes the commands in what is to be done next.
 * @returns the exit code.
 */
export function reportError(
  error: unknown,
  terminal: Terminal,
  { isJson, exitCode, resumes = false, advise = (text) => text }: ReportOptions,
): number {
  const told = asTold(error, resumes);
  const { code, message } = told;
  const nextStep = told.nextStep && advise(told.nextStep);
  const endsWith = exitCode ?? told.exitCode;

  if (isJson) {
    const facts = { code, message, ...(nextStep ? { nextStep } : {}), ...told.details };
    terminal.stdout.write(encodeJsonLine({ type: 'error', ...facts, exitCode: endsWith }));
  } else {
    tellLines(message, nextStep, terminal);
  }
  if (terminal.env.HOLDFAST_DEBUG && error instanceof Error) {
    terminal.stderr.write(`${error.stack}\n`);
  }
  return endsWith;
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
  readonly nextStep: string | null;
  readonly details?: ErrorDetails;
}

function asTold(error: unknown, resumes: boolean): Told {
  if (error instanceof HoldfastError) {
    const { code, message, exitCode, details } = error;
    const own = error instanceof CommandError ? error.nextStep : undefined;
    return { code, message, exitCode, details, nextStep: own ?? nextStepFor(error, resumes) };
  }
  const message = systemMessage(error);
  if (isDiskFull(error)) return asTold(new HoldfastError('disk-full', message), resumes);
  return { code: 'unexpected', message, exitCode: EXIT_FAILED, nextStep: null };
}

function tellLines(message: string, nextStep: string | null, { stderr, env }: Terminal): void {
  const style = styleFor(stderr, env);
  const indent = ' '.repeat(NAME.length);
  const [first = '', ...more] = wrapLine(`${NAME}${safeText(message)}`, stderr, indent);
  const advice = nextStep === null ? [] : wrapLine(`${indent}${nextStep}`, stderr, indent);
  stderr.write(`${style('red', NAME.trim())}${first.slice(NAME.length - 1)}\n`);
  for (const line of [...more, ...advice]) stderr.write(`${line}\n`);
}
