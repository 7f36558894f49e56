/** `holdfast help`: the overview, or the help of one command. */
import { findCommand } from '../arguments/find-command.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'help',
  summary: 'Explain a command, or list them all',
  usage: '[COMMAND | exit-codes]',
  description: ['Explains a command; without one, lists them all.'],
  operands: { least: 0, most: 2 },
  completes: 'command',
  options: [],
  examples: [{ line: 'holdfast help restore', what: 'How to restore' }],

  async run({ operands, output, commands }) {
    let lines: string[];
    if (operands.length === 0) {
      const { formatOverview } = await import('../help/overview.ts');
      lines = formatOverview(
        await Promise.all(commands.names.map(commands.load)),
        output.style,
        output.helpColumns,
      );
    } else if (operands[0] === 'exit-codes') {
      const { formatExitCodes } = await import('../help/overview.ts');
      lines = formatExitCodes(output.style, output.helpColumns);
    } else if (operands.length === 1 && commands.names.some((name) => isPart(name, operands[0]))) {
      const { formatGroup } = await import('../help/overview.ts');
      const members = commands.names.filter((name) => isPart(name, operands[0]));
      lines = formatGroup(
        await Promise.all(members.map(commands.load)),
        output.style,
        output.helpColumns,
      );
    } else {
      const { formatCommandHelp } = await import('../help/command-help.ts');
      const { name } = findCommand(operands, commands.names);
      lines = formatCommandHelp(
        await commands.load(name ?? 'help'),
        output.style,
        output.helpColumns,
      );
    }
    for (const line of lines) output.result(line);
    output.summary({ help: lines.join('\n') });
    return 0;
  },
};

/** Whether a command of two words begins with this one. */
function isPart(name: string, word: string | undefined): boolean {
  return name.startsWith(`${word} `);
}
