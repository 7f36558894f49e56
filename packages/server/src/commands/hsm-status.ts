/** `holdfast-server hsm status`: whether the keys of a vault open, and whose they are. */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { vaultFingerprint } from '@holdfast/core/vault-protocol';
import type { Command, Environment } from '../command.ts';
import { fingerprintLines } from '../output/fingerprint-lines.ts';
import { type DataFolder, dataFolder } from '../parts/data-folder.ts';
import { type HsmSettings, openHsm } from '../parts/open-hsm.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { HSM_SETTINGS, VAULT_REALM } from '../settings/vault-settings.ts';

export const command: Command = {
  name: 'hsm status',
  summary: "Show whether a vault's keys open, and its fingerprint",
  description: [
    'Opens the keys of a vault and shows its fingerprint, and which wrapping keys there are. "holdfast-server hsm rotate" says which of them wraps.',
  ],
  options: [CONFIG, ...optionsOf(HSM_SETTINGS)],
  examples: [],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(HSM_SETTINGS, given, env, VAULT_REALM);
    const folder = dataFolder(settings.data, env);
    await sayIdentity({ folder, settings, env, say });
    return 0;
  },
};

/** The software HSM makes them as they are needed. */
const STOCK_MAX = 5000;

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
    const [upper, lower] = fingerprintLines(await vaultFingerprint(nodeCrypto, hsm.identity));
    const { first, last } = await hsm.wrappingKeys();
    say(`Fingerprint    ${upper}`);
    say(`               ${lower}`);
    say(
      `Wrapping keys  ${first} ${last - first < STOCK_MAX ? `to ${last}` : 'and all that follow'}`,
    );
  } finally {
    await hsm.close();
  }
}
