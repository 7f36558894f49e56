/** What can stand where on the command line, read from the commands' data. */
import { EVERY_COMMAND } from '../arguments/every-option.ts';
import type { Command, Option } from '../command.ts';

export function optionsOf(command: Command): readonly Option[] {
  return [...command.options, ...EVERY_COMMAND];
}

/** What a value of an option is completed from. */
export function valueKind({ name, value }: Option): 'file' | 'folder' | 'choices' | 'none' {
  if (value === 'FILE') return 'file';
  if (value === 'DIR' || name === 'store') return 'folder';
  return value === 'HOW' ? 'choices' : 'none';
}

/** What commands with the same first word are for. */
const GROUPS: Readonly<Record<string, string>> = {
  key: 'Look after the key',
  password: 'A password that brings the key back',
  vault: 'The vaults that this device trusts',
};

/** First words of all commands, each once, with the summary of one-word commands. */
export function firstWords(commands: readonly Command[]): Map<string, string> {
  const words = new Map<string, string>();
  for (const { name, summary } of commands) {
    const [first = '', second] = name.split(' ');
    if (!words.has(first)) words.set(first, second === undefined ? summary : (GROUPS[first] ?? ''));
  }
  return words;
}

/** Second words of two-word commands, by first word. */
export function secondWords(commands: readonly Command[]): Map<string, readonly Command[]> {
  return Map.groupBy(
    commands.filter(({ name }) => name.includes(' ')),
    ({ name }) => name.split(' ')[0] as string,
  );
}

/** Words that complete operands; null where there are none, or folders do. */
export function operandWords(
  { completes }: Command,
  commands: readonly Command[],
): readonly string[] | null {
  if (completes === 'command') return [...firstWords(commands).keys(), 'exit-codes'];
  return completes === undefined || completes === 'folder' ? null : completes;
}
