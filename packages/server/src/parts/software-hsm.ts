/** The software HSM of a vault's data folder: opened, or made together with what seals it. */
import {
  createSealFile,
  createSoftwareHsm,
  type Hsm,
  type Opener,
  openSoftwareHsm,
} from '@holdfast/vault/hsm';
import type { Environment } from '../command.ts';
import { CommandError, usageError } from '../command-error.ts';
import { readSecret } from '../settings/read-secret.ts';
import { variableName } from '../settings/read-settings.ts';
import { VAULT_REALM, type VaultSettings } from '../settings/vault-settings.ts';
import { type DataFolder, isThere } from './data-folder.ts';

export type SoftwareSettings = Pick<VaultSettings, 'hsmKeyFile' | 'hsmPassphraseFile'>;

const PASSPHRASE_VARIABLE = variableName(VAULT_REALM, 'hsm-passphrase');

/**
 * Makes the HSM of a new vault.
 *
 * @throws {HoldfastError} `device-unusable` when there are keys already, or records, whose keys these
 *   would not be.
 */
export async function makeSoftwareKeys(
  folder: DataFolder,
  settings: SoftwareSettings,
  env: Environment,
): Promise<void> {
  if (await isThere(folder.hsmKeysPath)) {
    throw new CommandError(
      'device-unusable',
      `Cannot make new keys: ${folder.hsmKeysPath} is there already`,
      { nextStep: 'For another vault, name another data folder with --data.' },
    );
  }
  if (await isThere(folder.recordsPath)) {
    throw new CommandError(
      'device-unusable',
      `Cannot make new keys: ${folder.path} holds records of others, and ${folder.hsmKeysPath} is gone`,
      { nextStep: 'Put hsm-keys and hsm-seal back from their copy: without them no record opens.' },
    );
  }
  const opener = await readOpener(folder, settings, env);
  if ('keyFilePath' in opener && opener.keyFilePath === folder.hsmSealPath) {
    // One that is left of a start that was cut off is as good as a new one.
    if (!(await isThere(folder.hsmSealPath))) await createSealFile(folder.hsmSealPath);
  }
  await createSoftwareHsm(folder.hsmKeysPath, opener);
}

/** @throws {HoldfastError} `hsm-unusable`, `damaged`, `usage`. */
export async function openSoftwareKeys(
  folder: DataFolder,
  settings: SoftwareSettings,
  env: Environment,
): Promise<Hsm> {
  return await openSoftwareHsm(folder.hsmKeysPath, await readOpener(folder, settings, env));
}

async function readOpener(
  { hsmSealPath }: DataFolder,
  { hsmKeyFile, hsmPassphraseFile }: SoftwareSettings,
  env: Environment,
): Promise<Opener> {
  const places = { path: hsmPassphraseFile, variable: PASSPHRASE_VARIABLE };
  const passphrase = await readSecret(places, env);
  if (passphrase === null) return { keyFilePath: hsmKeyFile ?? hsmSealPath };
  if (hsmKeyFile === undefined) return { passphrase };
  throw usageError('Cannot open the HSM: both a key file and a passphrase are set');
}
