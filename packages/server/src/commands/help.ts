/** `holdfast-server help`. */
import { findCommand } from '../arguments/find-command.ts';
import type { Command } from '../command.ts';
import { formatCommandHelp, formatOverview } from '../help/format-help.ts';

export const command: Command = {
  name: 'help',
  summary: 'Explain a command',
  description: ['Lists the commands, or explains one.'],
  takesOperands: true,
  options: [],
  examples: [{ line: 'holdfast-server help vault', what: 'How to run a vault' }],

  async run({ arguments: { operands }, commands, say }) {
    if (operands.length === 0) {
      const all = await Promise.all(commands.names.map(commands.load));
      for (const line of formatOverview(all)) say(line);
      return 0;
    }
    const { name } = findCommand(operands, commands.names);
    for (const line of formatCommandHelp(await commands.load(name))) say(line);
    return 0;
  },
};
