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
  summary: 'Read the 64-digit key from FILE (- is standard input)',
};

/** Of the commands that bring a backup to this device. */
export const DEFAULT: Option = {
  name: 'default',
  summary: 'Make it the store of commands without --store',
};

export const ACCEPT_STALE: Option = {
  name: 'accept-stale',
  summary: 'Go on with what the store shows, though something newer was seen',
};

export const DRY_RUN: Option = {
  name: 'dry-run',
  summary: 'Change nothing; say what would be done',
};

/** What every command on an existing backup takes. */
export const BACKUP_OPTIONS: readonly Option[] = [STORE, KEY_FILE];
