/** `holdfast-server admin suspend`: keeps guesses from one backup for a while. */
import { suspendBackup } from '@holdfast/vault/vault';
import type { Command } from '../command.ts';
import { noSuchBackup, readBackupId, WHERE_IDS_ARE } from '../parts/backup-id.ts';
import { withVaultParts } from '../parts/vault-parts.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { ADMIN_SETTINGS, VAULT_REALM } from '../settings/vault-settings.ts';

export const command: Command = {
  name: 'admin suspend',
  summary: 'Take no guesses at one backup for a while',
  description: [
    'No guess at the backup is taken until "holdfast-server admin resume": for when somebody burns guesses of a person, say with a stolen recovery sheet. Its owner is told so by the vault, signed, and finds it in the guess log.',
    'It adds no guess, takes none away and destroys nothing: while a backup is suspended its time stands still, so that delays, a change or removal without the password, and the seven days before a destruction go on where they were. Everything but guesses goes on; who recovered before can still prove it. Each vault of the person is on its own.',
    WHERE_IDS_ARE,
  ],
  takesOperands: true,
  options: [CONFIG, ...optionsOf(ADMIN_SETTINGS)],
  examples: [],

  async run({ arguments: given, env, say }) {
    const backupId = readBackupId(given.operands, 'suspend');
    const settings = await readSettings(ADMIN_SETTINGS, given, env, VAULT_REALM);
    const isThere = await withVaultParts(settings, env, (parts) =>
      suspendBackup(backupId, { ...parts, isSuspended: true }),
    );
    if (!isThere) throw noSuchBackup('suspend');
    say('No guess at this backup is taken until it is resumed');
    return 0;
  },
};
