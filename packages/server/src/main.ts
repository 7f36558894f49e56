/** The command line from arguments to exit code: find the command, run it, tell what went wrong. */
import { findCommand } from './arguments/find-command.ts';
import { parseArguments } from './arguments/parse-arguments.ts';
import type { Environment } from './command.ts';
import { COMMAND_TABLE } from './commands/index.ts';
import { reportError } from './output/report-error.ts';

/** What a command sees of the world around it. */
export interface Terminal {
  readonly env: Environment;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/**
 * @param args What follows `holdfast-server`.
 * @returns the exit code; everything is said already.
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const say = (line: string): void => {
    terminal.stdout.write(`${line}\n`);
  };
  try {
    const { name, rest } = findCommand(args, COMMAND_TABLE.names);
    const command = await COMMAND_TABLE.load(name);
    const parsed = parseArguments(command, rest);
    if (parsed.options.has('help') && name !== 'help') {
      const { formatCommandHelp } = await import('./help/format-help.ts');
      for (const line of formatCommandHelp(command)) say(line);
      return 0;
    }
    const { env } = terminal;
    return await command.run({ arguments: parsed, env, commands: COMMAND_TABLE, say });
  } catch (error) {
    return reportError(error, terminal);
  }
}
