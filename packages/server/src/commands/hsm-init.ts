/** `holdfast-server hsm init`: makes the keys of a new vault before it is first run. */
import type { Command } from '../command.ts';
import { dataFolder, makeDataFolder } from '../parts/data-folder.ts';
import { makeSoftwareKeys } from '../parts/software-hsm.ts';
import { initTokenHsm, tokenPlaceOf } from '../parts/token-hsm.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { INIT_SETTINGS, VAULT_REALM } from '../settings/vault-settings.ts';
import { sayIdentity } from './hsm-status.ts';

export const command: Command = {
  name: 'hsm init',
  summary: "Make a new vault's keys",
  description: [
    'Makes the keys of a vault in its data folder, sealed by a passphrase or by a file of random bytes. The first start of a vault does the same by itself; with this command the fingerprint is known, and the keys are copied to a safe place, before anybody uses it. Nothing is overwritten.',
    'With a token of an HSM (--pkcs11-library, --pkcs11-token) the keys are made on it, and never leave it. The PIN of its security officer is needed for that alone, so this may run on another machine than the vault, and again when wrapping keys run out. PINs are in files, or in HOLDFAST_VAULT_PKCS11_PIN and HOLDFAST_VAULT_PKCS11_OFFICER_PIN.',
  ],
  options: [CONFIG, ...optionsOf(INIT_SETTINGS)],
  examples: [
    {
      line: 'holdfast-server hsm init --pkcs11-library /usr/lib/softhsm/libsofthsm2.so --pkcs11-token vault --pkcs11-pin-file pin --pkcs11-officer-pin-file officer-pin',
      what: 'On a token',
    },
    { line: 'holdfast-server hsm init --data /srv/vault', what: 'Sealed by a file beside them' },
    {
      line: 'holdfast-server hsm init --hsm-passphrase-file /run/secrets/vault',
      what: 'Sealed by a passphrase',
    },
  ],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(INIT_SETTINGS, given, env, VAULT_REALM);
    const folder = dataFolder(settings.data, env);
    const token = tokenPlaceOf(settings);
    if (token === null) {
      await makeDataFolder(folder);
      await makeSoftwareKeys(folder, settings, env);
      say(`Made ${folder.hsmKeysPath}`);
    } else {
      await initTokenHsm(token, settings, env);
      say(`The token ${token.token} is ready`);
    }
    await sayIdentity({ folder, settings, env, say });
    return 0;
  },
};
