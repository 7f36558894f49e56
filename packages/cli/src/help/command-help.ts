/** The help of one command, laid out for 80 columns. */

import { EVERY_COMMAND } from '../arguments/every-option.ts';
import type { Command, Option } from '../command.ts';
import type { Style } from '../terminal/style.ts';
import { wrapText } from '../terminal/table.ts';

export const HELP_COLUMNS = 78;

export function formatCommandHelp(command: Command, style: Style): string[] {
  const [usage = '', ...more] = wrapUsage(command);
  const lines = [
    `${style('bold', 'Usage')}  ${usage}`,
    ...more.map((part) => `         ${part}`),
    '',
  ];
  for (const paragraph of command.description) lines.push(...wrapText(paragraph, HELP_COLUMNS), '');

  const options = [...command.options, ...EVERY_COMMAND];
  const column = Math.max(...options.map((option) => optionForm(option).length)) + 4;
  lines.push(style('bold', 'Options'));
  for (const option of options) lines.push(...formatOption(option, column));

  if (command.examples.length > 0) {
    lines.push('', style('bold', 'Examples'));
    for (const { line, what } of command.examples) {
      lines.push(`  ${style('dim', `# ${what}`)}`, `  ${line}`);
    }
  }
  return lines;
}

/** Broken between options only. */
function wrapUsage({ name, usage }: Command): string[] {
  const parts = `holdfast ${name} ${usage}`.trimEnd().match(/\[[^\]]*\]|\S+/g) ?? [];
  const joined = parts.map((part) => part.replaceAll(' ', '\u00a0')).join(' ');
  return wrapText(joined, HELP_COLUMNS - 9).map((line) => line.replaceAll('\u00a0', ' '));
}

/** `-q, --quiet`, `    --store URL`. */
function optionForm({ name, short, value, isList }: Option): string {
  const dashes = short === undefined ? `    --${name}` : `-${short}, --${name}`;
  return value === undefined ? dashes : `${dashes} ${value}${isList ? ' …' : ''}`;
}

function formatOption(option: Option, column: number): string[] {
  const [first = '', ...more] = wrapText(option.summary, HELP_COLUMNS - column);
  return [
    `  ${optionForm(option).padEnd(column - 2)}${first}`,
    ...more.map((line) => ' '.repeat(column) + line),
  ];
}
