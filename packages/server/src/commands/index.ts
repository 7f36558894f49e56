/** The table of commands, in the order in which help lists them; each file is loaded when needed. */
import type { Command, CommandTable } from '../command.ts';

const COMMANDS: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  run: () => import('./run.ts'),
  provider: () => import('./provider.ts'),
  vault: () => import('./vault.ts'),
  'hsm init': () => import('./hsm-init.ts'),
  'hsm status': () => import('./hsm-status.ts'),
  'hsm rotate': () => import('./hsm-rotate.ts'),
  'admin counts': () => import('./admin-counts.ts'),
  'admin show': () => import('./admin-show.ts'),
  'admin suspend': () => import('./admin-suspend.ts'),
  'admin resume': () => import('./admin-resume.ts'),
  'admin invite': () => import('./admin-invite.ts'),
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
