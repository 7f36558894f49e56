/** `holdfast-server admin resume`: lets guesses at a suspended backup go on. */
import { suspendBackup } from '@holdfast/vault/vault';
import type { Command } from '../command.ts';
import { noSuchBackup, readBackupId, WHERE_IDS_ARE } from '../parts/backup-id.ts';
import { withVaultParts } from '../parts/vault-parts.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { ADMIN_SETTINGS, VAULT_REALM } from '../settings/vault-settings.ts';

export const command: Command = {
  name: 'admin resume',
  summary: 'Take guesses at a suspended backup again',
  description: [
    'Guesses at a suspended backup are taken again, as many as there were left. Delays, and what would have fallen due, are as far away as when it was suspended.',
    WHERE_IDS_ARE,
  ],
  takesOperands: true,
  options: [CONFIG, ...optionsOf(ADMIN_SETTINGS)],
  examples: [],

  async run({ arguments: given, env, say }) {
    const backupId = readBackupId(given.operands, 'resume');
    const settings = await readSettings(ADMIN_SETTINGS, given, env, VAULT_REALM);
    const isThere = await withVaultParts(settings, env, (parts) =>
      suspendBackup(backupId, { ...parts, isSuspended: false }),
    );
    if (!isThere) throw noSuchBackup('resume');
    say('Guesses at this backup are taken again');
    return 0;
  },
};
