/** `holdfast completion`: a script that teaches a shell the commands and options. */
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const command: Command = {
  name: 'completion',
  summary: 'Print a completion script for a shell',
  usage: 'bash | zsh | fish',
  description: [
    'Prints a script that lets the Tab key complete commands and options. Where holdfast is an alias, zsh also needs "setopt complete_aliases".',
  ],
  operands: { least: 1, most: 1 },
  completes: SHELLS,
  options: [],
  examples: [
    { line: 'source <(holdfast completion bash)', what: 'In ~/.bashrc; the same for zsh' },
    {
      line: 'holdfast completion fish > ~/.config/fish/completions/holdfast.fish',
      what: 'Once, for fish',
    },
  ],

  async run({ operands, output, commands }) {
    const shell = SHELLS.find((known) => known === operands[0]);
    if (shell === undefined) {
      throw usageError('Cannot complete for that shell', 'Say bash, zsh or fish.');
    }
    const { completionScript } = await import('../completion/index.ts');
    const all = await Promise.all(commands.names.map(commands.load));
    const script = completionScript(shell, all);
    output.result(script.trimEnd());
    output.summary({ shell, script });
    return 0;
  },
};
