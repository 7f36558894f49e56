/** The table of commands, in the order in which help lists them; each file is loaded when needed. */
import type { Command, CommandTable } from '../command.ts';

const COMMANDS: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  init: () => import('./init.ts'),
  backup: () => import('./backup.ts'),
  snapshots: () => import('./snapshots.ts'),
  ls: () => import('./ls.ts'),
  diff: () => import('./diff.ts'),
  restore: () => import('./restore.ts'),
  check: () => import('./check.ts'),
  forget: () => import('./forget.ts'),
  prune: () => import('./prune.ts'),
  'key show': () => import('./key-show.ts'),
  'key verify': () => import('./key-verify.ts'),
  'key sheet': () => import('./key-sheet.ts'),
  'key rotate': () => import('./key-rotate.ts'),
  'vault trust': () => import('./vault-trust.ts'),
  'vault list': () => import('./vault-list.ts'),
  'vault witness': () => import('./vault-witness.ts'),
  'vault forget': () => import('./vault-forget.ts'),
  'password set': () => import('./password-set.ts'),
  'password check': () => import('./password-check.ts'),
  'password change': () => import('./password-change.ts'),
  'password cancel': () => import('./password-cancel.ts'),
  'password remove': () => import('./password-remove.ts'),
  'guess-log': () => import('./guess-log.ts'),
  recover: () => import('./recover.ts'),
  status: () => import('./status.ts'),
  schedule: () => import('./schedule.ts'),
  completion: () => import('./completion.ts'),
  version: () => import('./version.ts'),
  help: () => import('./help.ts'),
};

export const COMMAND_TABLE: CommandTable = {
  names: Object.keys(COMMANDS),
  async load(name) {
    const load = COMMANDS[name];
    if (load === undefined) throw new RangeError(`"name" must be a command: got ${name}`);
    return (await load()).command;
  },
};
