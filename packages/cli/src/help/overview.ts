/** The first page of help: every command in groups, exit codes, where things come from. */
import type { Command } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { Style } from '../terminal/style.ts';
import { wrapText } from '../terminal/table.ts';

const GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Back up and restore', ['init', 'backup', 'snapshots', 'ls', 'diff', 'restore']],
  ['Look after the backup', ['status', 'schedule', 'check', 'forget', 'prune']],
  ['Look after the key', ['key show', 'key verify', 'key sheet', 'key rotate', 'recover']],
  [
    'A password that brings the key back',
    [
      'vault trust',
      'vault list',
      'vault witness',
      'vault forget',
      'password set',
      'password check',
      'password change',
      'password cancel',
      'password remove',
      'guess-log',
    ],
  ],
  ['This program', ['help', 'completion', 'version']],
];

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['HOLDFAST_STORE', 'The store, when --store is not given'],
  ['HOLDFAST_KEY_FILE', 'The key file, when --key-file is not given'],
  ['HOLDFAST_HOME', 'One folder for configuration, state and cache'],
  ['NO_COLOR', 'No colours'],
];

export function formatOverview(
  commands: readonly Command[],
  style: Style,
  columns: number,
): string[] {
  const lines = [
    ...wrapText('Holdfast keeps end-to-end encrypted backups of chat history.', columns),
    '',
    `${style('bold', 'Usage')}  holdfast COMMAND [OPTIONS]`,
  ];
  const column = Math.max(...commands.map(({ name }) => name.length)) + 4;
  for (const [title, names] of GROUPS) {
    const members = commands.filter(({ name }) => names.includes(name));
    if (members.length === 0) continue;
    members.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
    lines.push('', style('bold', title));
    for (const { name, summary } of members) {
      lines.push(...formatRow(`  ${name.padEnd(column - 2)}`, summary, columns));
    }
  }
  lines.push('', style('bold', 'First steps'));
  lines.push('  holdfast init --store /media/disk/backup');
  lines.push('  holdfast backup ~/WhatsApp');
  lines.push('', style('bold', 'Environment'));
  for (const [name, meaning] of ENVIRONMENT) {
    lines.push(...formatRow(`  ${name.padEnd(19)}`, meaning, columns));
  }
  lines.push('', ...wrapText(HELP_FOOTER, columns));
  return lines;
}

/** Commands that share their first word, such as `key`. */
export function formatGroup(commands: readonly Command[], style: Style, columns: number): string[] {
  const column = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const usage = wrapText('holdfast COMMAND [OPTIONS], with COMMAND one of', columns - 7);
  return [
    ...usage.map((line, index) => `${index === 0 ? style('bold', 'Usage') : '     '}  ${line}`),
    '',
    ...commands.flatMap(({ name, summary }) =>
      formatRow(`  ${name.padEnd(column)}`, summary, columns),
    ),
    '',
    ...wrapText(HELP_FOOTER, columns),
  ];
}

const HELP_FOOTER =
  '"holdfast help COMMAND" explains a command, "holdfast help exit-codes" the exit codes.';

export function formatExitCodes(style: Style, columns: number): string[] {
  return [
    style('bold', 'Exit codes'),
    ...EXIT_CODES.flatMap(([code, meaning]) =>
      formatRow(`  ${String(code).padStart(3)}  `, meaning, columns),
    ),
  ];
}

/** A name and what it stands for, whose further lines go on below it. */
function formatRow(start: string, text: string, columns: number): string[] {
  const [first = '', ...more] = wrapText(text, columns - start.length);
  return [start + first, ...more.map((line) => ' '.repeat(start.length) + line)];
}
