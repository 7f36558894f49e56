/** `holdfast-server hsm init`: makes the keys of a new vault before it is first run. */
import type { Command } from '../command.ts';
import { dataFolder, makeDataFolder } from '../parts/data-folder.ts';
import { makeHsm } from '../parts/software-hsm.ts';
import { readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { HSM_SETTINGS } from '../settings/vault-settings.ts';
import { sayIdentity } from './hsm-status.ts';

export const command: Command = {
  name: 'hsm init',
  summary: "Make a new vault's keys",
  description: [
    'Makes the keys of a vault in its data folder, sealed by a passphrase or by a file of random bytes. The first start of a vault does the same by itself; with this command the fingerprint is known, and the keys are copied to a safe place, before anybody uses it. Nothing is overwritten.',
  ],
  options: optionsOf(HSM_SETTINGS),
  examples: [
    { line: 'holdfast-server hsm init --data /srv/vault', what: 'Sealed by a file beside them' },
    {
      line: 'holdfast-server hsm init --hsm-passphrase-file /run/secrets/vault',
      what: 'Sealed by a passphrase',
    },
  ],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(HSM_SETTINGS, given, env);
    const folder = dataFolder(settings.data, env);
    await makeDataFolder(folder);
    await makeHsm(folder, settings, env);
    say(`Made ${folder.hsmKeysPath}`);
    await sayIdentity({ folder, settings, env, say });
    return 0;
  },
};
