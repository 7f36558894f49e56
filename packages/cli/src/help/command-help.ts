/** The help of one command, laid out for a number of columns. */

import { EVERY_COMMAND } from '../arguments/every-option.ts';
import type { Command, Option } from '../command.ts';
import type { Style } from '../terminal/style.ts';
import { wrapText } from '../terminal/table.ts';

/** Narrower than this, what an option does stands on a line of its own. */
const LEAST_SUMMARY = 24;

export function formatCommandHelp(command: Command, style: Style, columns: number): string[] {
  const [usage = '', ...more] = wrapUsage(command, columns);
  const lines = [
    `${style('bold', 'Usage')}  ${usage}`,
    ...more.map((part) => `         ${part}`),
    '',
  ];
  for (const paragraph of command.description) lines.push(...wrapText(paragraph, columns), '');

  const options = [...command.options, ...EVERY_COMMAND];
  const column = Math.max(...options.map((option) => optionForm(option).length)) + 4;
  lines.push(style('bold', 'Options'));
  for (const option of options) lines.push(...formatOption(option, column, columns));

  if (command.examples.length > 0) {
    lines.push('', style('bold', 'Examples'));
    for (const { line, what } of command.examples) {
      const comment = wrapText(what, columns - 4).map((part) => `  ${style('dim', `# ${part}`)}`);
      lines.push(...comment, `  ${line}`);
    }
  }
  return lines;
}

/** Broken between options only. */
function wrapUsage({ name, usage }: Command, columns: number): string[] {
  const parts = `holdfast ${name} ${usage}`.trimEnd().match(/\[[^\]]*\]|\S+/g) ?? [];
  const joined = parts.map((part) => part.replaceAll(' ', '\u00a0')).join(' ');
  return wrapText(joined, columns - 9).map((line) => line.replaceAll('\u00a0', ' '));
}

/** `-q, --quiet`, `    --store URL`. */
function optionForm({ name, short, value, isList }: Option): string {
  const dashes = short === undefined ? `    --${name}` : `-${short}, --${name}`;
  return value === undefined ? dashes : `${dashes} ${value}${isList ? ' …' : ''}`;
}

function formatOption(option: Option, column: number, columns: number): string[] {
  const form = `  ${optionForm(option)}`;
  if (columns - column < LEAST_SUMMARY) {
    return [form, ...wrapText(option.summary, columns - 8).map((line) => `        ${line}`)];
  }
  const [first = '', ...more] = wrapText(option.summary, columns - column);
  return [form.padEnd(column) + first, ...more.map((line) => ' '.repeat(column) + line)];
}
