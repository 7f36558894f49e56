/** `holdfast-server admin invite`: makes an invite to a backup provider. */
import { randomBytes } from 'node:crypto';
import { hashInvite } from '@holdfast/provider/accounts';
import { openSqliteMetadata } from '@holdfast/provider/metadata';
import type { Command } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { isThere } from '../parts/data-folder.ts';
import { providerFolder } from '../parts/provider-folder.ts';
import { PROVIDER_ADMIN_SETTINGS, PROVIDER_REALM } from '../settings/provider-settings.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';

const INVITE_BYTES = 16;

export const command: Command = {
  name: 'admin invite',
  summary: 'Make an invite to a backup provider',
  description: [
    'Makes an invite, which lets one backup begin at a provider that runs with --sign-up invite, and prints it. The provider keeps only a hash of it, and may be running.',
  ],
  options: [CONFIG, ...optionsOf(PROVIDER_ADMIN_SETTINGS)],
  examples: [
    {
      line: 'holdfast-server admin invite --data /srv/holdfast',
      what: 'Then: holdfast init --store URL --invite CODE',
    },
  ],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(PROVIDER_ADMIN_SETTINGS, given, env, PROVIDER_REALM);
    const { path, databasePath } = providerFolder(settings.data, env);
    if (!(await isThere(databasePath))) {
      const message = `Cannot make an invite: there is no provider in ${path}`;
      const nextStep = 'Name its data folder with --data.';
      throw new CommandError('device-unusable', message, { nextStep });
    }
    const metadata = await openSqliteMetadata(databasePath);
    try {
      const invite = randomBytes(INVITE_BYTES);
      await metadata.addInvite(hashInvite(invite));
      say(invite.toString('hex'));
    } finally {
      await metadata.close();
    }
    return 0;
  },
};
