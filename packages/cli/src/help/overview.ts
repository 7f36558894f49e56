/** The first page of help: every command in groups, exit codes, where things come from. */
import type { Command } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { Style } from '../terminal/style.ts';
import { wrapText } from '../terminal/table.ts';
import { HELP_COLUMNS } from './command-help.ts';

const GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Back up and restore', ['init', 'backup', 'snapshots', 'ls', 'diff', 'restore']],
  ['Look after the backup', ['status', 'schedule', 'check', 'forget', 'prune']],
  ['Look after the key', ['key show', 'key verify', 'key sheet', 'recover']],
  ['This program', ['help', 'completion', 'version']],
];

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['HOLDFAST_STORE', 'The store, when --store is not given'],
  ['HOLDFAST_KEY_FILE', 'The key file, when --key-file is not given'],
  ['HOLDFAST_HOME', 'One folder for configuration, state and cache'],
  ['NO_COLOR', 'No colours'],
];

export function formatOverview(commands: readonly Command[], style: Style): string[] {
  const lines = [
    'Holdfast keeps end-to-end encrypted backups of chat history.',
    '',
    `${style('bold', 'Usage')}  holdfast COMMAND [OPTIONS]`,
  ];
  const column = Math.max(...commands.map(({ name }) => name.length)) + 4;
  for (const [title, names] of GROUPS) {
    const members = commands.filter(({ name }) => names.includes(name));
    if (members.length === 0) continue;
    members.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
    lines.push('', style('bold', title));
    for (const { name, summary } of members) lines.push(`  ${name.padEnd(column - 2)}${summary}`);
  }
  lines.push('', style('bold', 'First steps'));
  lines.push('  holdfast init --store /media/disk/backup');
  lines.push('  holdfast backup ~/WhatsApp');
  lines.push('', style('bold', 'Environment'));
  for (const [name, meaning] of ENVIRONMENT) lines.push(`  ${name.padEnd(19)}${meaning}`);
  lines.push('', ...wrapText(HELP_FOOTER, HELP_COLUMNS));
  return lines;
}

/** Commands that share their first word, such as `key`. */
export function formatGroup(commands: readonly Command[], style: Style): string[] {
  const column = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    `${style('bold', 'Usage')}  holdfast COMMAND [OPTIONS], with COMMAND one of`,
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(column)}${summary}`),
    '',
    HELP_FOOTER,
  ];
}

const HELP_FOOTER =
  '"holdfast help COMMAND" explains a command, "holdfast help exit-codes" the exit codes.';

export function formatExitCodes(style: Style): string[] {
  return [
    style('bold', 'Exit codes'),
    ...EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
  ];
}
