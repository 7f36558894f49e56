/** Help, laid out for 78 columns. */
import { HELP } from '../arguments/parse-arguments.ts';
import type { Command, Option } from '../command.ts';
import { wrapText } from '../output/wrap-text.ts';

const COLUMNS = 78;

/** The first page: every command. */
export function formatOverview(commands: readonly Command[]): string[] {
  const column = Math.max(...commands.map(({ name }) => name.length)) + 4;
  return [
    ...wrapText(
      'Runs the servers of Holdfast: the backup provider, which keeps backups that it can not read, and the Backup Key Vault, which gives a key back for a password and counts the guesses.',
      COLUMNS,
    ),
    '',
    'Usage  holdfast-server COMMAND [OPTIONS]',
    '',
    'Commands',
    ...commands.flatMap(({ name, summary }) => formatRow(`  ${name}`, summary, column)),
    '',
    '"holdfast-server help COMMAND" explains a command.',
  ];
}

/** The help of one command. */
export function formatCommandHelp({ name, description, options, examples }: Command): string[] {
  const lines = [`Usage  holdfast-server ${name}${options.length > 0 ? ' [OPTIONS]' : ''}`, ''];
  for (const paragraph of description) lines.push(...wrapText(paragraph, COLUMNS), '');
  const all = [...options, HELP];
  const column = Math.max(...all.map((option) => optionForm(option).length)) + 4;
  lines.push('Options');
  for (const option of all) {
    lines.push(...formatRow(`  ${optionForm(option)}`, option.summary, column));
  }
  if (examples.length > 0) lines.push('', 'Examples');
  for (const { line, what } of examples) lines.push(`  # ${what}`, `  ${line}`);
  return lines;
}

function optionForm({ name, value, isList }: Option): string {
  return `--${name}${value === undefined ? '' : ` ${value}`}${isList ? ' …' : ''}`;
}

function formatRow(start: string, text: string, column: number): string[] {
  const [first = '', ...more] = wrapText(text, COLUMNS - column);
  return [start.padEnd(column) + first, ...more.map((line) => ' '.repeat(column) + line)];
}
