/** Options that many commands share, so that they read alike everywhere. */
import type { Option } from '../command.ts';

/** What every command takes. */
export const EVERY_COMMAND: readonly Option[] = [
  { name: 'json', summary: 'Print results and events as lines of JSON' },
  { name: 'quiet', short: 'q', summary: 'Print nothing but results and errors' },
  { name: 'help', short: 'h', summary: 'Show this help' },
];

export const STORE: Option = {
  name: 'store',
  value: 'URL',
  summary: 'Where the backup lies: a folder, or file:/path',
};

const KEY_FILE: Option = {
  name: 'key-file',
  value: 'FILE',
  summary: 'Read the 64-digit key from FILE, or standard input (-)',
};

/** Of the commands that bring a backup to this device. */
export const DEFAULT: Option = {
  name: 'default',
  summary: 'Let commands without --store use this store from now on, in place of another',
};

export const DRY_RUN: Option = {
  name: 'dry-run',
  summary: 'Change nothing; say what would be done',
};

/** What every command on an existing backup takes. */
export const BACKUP_OPTIONS: readonly Option[] = [STORE, KEY_FILE];
