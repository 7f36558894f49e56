/** `holdfast-server hsm status`: whether the keys of a vault open, and whose they are. */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { vaultFingerprint } from '@holdfast/core/vault-protocol';
import type { Command, Environment } from '../command.ts';
import { fingerprintLines } from '../output/fingerprint-lines.ts';
import { type DataFolder, dataFolder } from '../parts/data-folder.ts';
import { type HsmSettings, openHsm } from '../parts/open-hsm.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { HSM_SETTINGS } from '../settings/vault-settings.ts';

export const command: Command = {
  name: 'hsm status',
  summary: "Show whether a vault's keys open, and its fingerprint",
  description: [
    'Opens the keys of a vault and shows its fingerprint, and under which wrapping keys its records may be: the newest wraps, older ones open what they wrapped until they are destroyed.',
  ],
  options: [CONFIG, ...optionsOf(HSM_SETTINGS)],
  examples: [],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(HSM_SETTINGS, given, env);
    const folder = dataFolder(settings.data, env);
    await sayIdentity({ folder, settings, env, say });
    return 0;
  },
};

/** The software HSM makes them as it needs them. */
const SOON_MAX = 10_000;

interface Shown {
  readonly folder: DataFolder;
  readonly settings: HsmSettings;
  readonly env: Environment;
  say(line: string): void;
}

/** Opens the HSM and says what it is. */
export async function sayIdentity({ folder, settings, env, say }: Shown): Promise<void> {
  const hsm = await openHsm(folder, settings, env);
  try {
    const [first, second] = fingerprintLines(await vaultFingerprint(nodeCrypto, hsm.identity));
    const { newest, older, left } = await hsm.wrappingKeys();
    say(`Fingerprint    ${first}`);
    say(`               ${second}`);
    const more = left < SOON_MAX ? `, and ${left} more to move on to` : '';
    say(`Wrapping keys  ${[...older, newest].join(', ')}${more}`);
  } finally {
    await hsm.close();
  }
}
