/** The command line from arguments to exit code: find the command, run it, tell what went wrong. */

import { HoldfastError } from '@holdfast/core/errors';
import { findCommand } from './arguments/find-command.ts';
import { parseArguments } from './arguments/parse-arguments.ts';
import { refuseSecrets } from './arguments/refuse-secrets.ts';
import type { Command } from './command.ts';
import { CommandError, commandError } from './command-error.ts';
import { COMMAND_TABLE } from './commands/index.ts';
import { EXIT_FAILED } from './exit-codes.ts';
import { RUN_AGAIN } from './output/next-step.ts';
import { Output } from './output/output.ts';
import { reportError } from './output/report-error.ts';
import { watchStreams } from './output/watch-streams.ts';
import { listenForStop } from './terminal/stop-signals.ts';
import { processTerminal, type Terminal } from './terminal/terminal.ts';

/**
 * @param args What follows `holdfast`.
 * @returns the exit code; everything is said already.
 */
export async function main(
  args: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  const streams = watchStreams(terminal);
  const exitCode = await runCommand(args, terminal, streams.readerGone);
  const lost = await streams.settle();
  if (lost === null) return exitCode;
  // With --json it would go where nothing can be written.
  const lostCode = reportError(lost, terminal, { isJson: false });
  return exitCode === 0 ? lostCode : exitCode;
}

async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  readerGone: AbortSignal,
): Promise<number> {
  const isJson = args.includes('--json');
  let output = new Output(terminal, { isJson, isQuiet: true });
  let command: Command | null = null;
  using stop = listenForStop({
    onSlow: () => output.aside('Stopping … Press Ctrl-C again to stop at once.'),
    onSecond: (exitCode) => {
      output.endProgress();
      reportError(stopped(command), terminal, { isJson, exitCode });
    },
  });

  try {
    refuseSecrets(args);
    const { name, rest } = findCommand(withoutShortcuts(args), COMMAND_TABLE.names);
    command = await COMMAND_TABLE.load(name ?? 'help');
    const { options, operands } = parseArguments(command, rest);
    output = new Output(terminal, { isJson, isQuiet: options.has('quiet'), options });
    if (options.has('help') && name !== null) return await showHelp(command, output);
    const signal = AbortSignal.any([stop.signal, readerGone]);
    return await command.run({
      options,
      operands,
      terminal,
      output,
      commands: COMMAND_TABLE,
      signal,
    });
  } catch (error) {
    const resumes = command?.resumes === true;
    output.endProgress();
    if (readerGone.aborted) return EXIT_FAILED;
    const stopCode = stop.exitCode();
    if (stopCode === null)
      return reportError(error, terminal, { isJson, resumes, advise: output.advise });
    const isTold = error instanceof CommandError || !isCancelled(error);
    const told = isTold ? error : stopped(command, error);
    return reportError(told, terminal, { isJson, exitCode: stopCode });
  }
}

function isCancelled(error: unknown): boolean {
  if (error instanceof HoldfastError) return error.code === 'cancelled';
  return error instanceof Error && error.name === 'AbortError';
}

/** In place of whatever the engine was doing when it was stopped. */
function stopped(command: Command | null, cause?: unknown): CommandError {
  const nextStep = command?.resumes ? { nextStep: RUN_AGAIN } : {};
  return commandError('cancelled', 'Stopped', { cause, ...nextStep });
}

/** `holdfast --version`, `-v` and `-V` mean `holdfast version`. */
function withoutShortcuts(args: readonly string[]): readonly string[] {
  const [first = ''] = args;
  return ['--version', '-v', '-V'].includes(first) ? ['version', ...args.slice(1)] : args;
}

async function showHelp(command: Command, output: Output): Promise<number> {
  const { formatCommandHelp } = await import('./help/command-help.ts');
  const lines = formatCommandHelp(command, output.style, output.helpColumns);
  for (const line of lines) output.result(line);
  output.summary({ help: lines.join('\n') });
  return 0;
}
