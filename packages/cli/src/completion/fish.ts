/** Completion for fish. */
import type { Command, Option } from '../command.ts';
import { firstWords, operandWords, optionsOf, secondWords, valueKind } from './candidates.ts';

export function fishCompletion(commands: readonly Command[]): string {
  const lines = ['# fish completion for holdfast', 'complete -c holdfast -f'];
  const first = [...firstWords(commands)];
  const none = '__fish_use_subcommand';
  for (const [word, summary] of first) {
    lines.push(`complete -c holdfast -n ${none} -a ${word} -d ${quote(summary)}`);
  }
  for (const [word, members] of secondWords(commands)) {
    const names = members.map(({ name }) => name.slice(word.length + 1));
    const condition = `__fish_seen_subcommand_from ${word}; and not __fish_seen_subcommand_from ${names.join(' ')}`;
    for (const [index, { summary }] of members.entries()) {
      lines.push(
        `complete -c holdfast -n ${quote(condition)} -a ${names[index]} -d ${quote(summary)}`,
      );
    }
  }
  for (const command of commands) {
    const condition = quote(
      command.name
        .split(' ')
        .map((word) => `__fish_seen_subcommand_from ${word}`)
        .join('; and '),
    );
    const start = `complete -c holdfast -n ${condition}`;
    const words = operandWords(command, commands);
    if (command.completes === 'folder') lines.push(`${start} -F`);
    else if (words !== null) lines.push(`${start} -a ${quote(words.join(' '))}`);
    for (const option of optionsOf(command)) lines.push(`${start} ${optionArguments(option)}`);
  }
  return `${lines.join('\n')}\n`;
}

function optionArguments(option: Option): string {
  const { name, short, value, summary, choices } = option;
  const names = `${short === undefined ? '' : `-s ${short} `}-l ${name}`;
  const kind = valueKind(option);
  const files =
    kind === 'file' ? ' -rF' : kind === 'folder' ? " -xa '(__fish_complete_directories)'" : '';
  const words = kind === 'choices' ? ` -xa ${quote(choices?.join(' ') ?? '')}` : '';
  const plain = value !== undefined && kind === 'none' ? ' -x' : '';
  return `${names}${files}${words}${plain} -d ${quote(summary)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
