/** A vault's HSM behind PKCS#11: a token, and the PINs that it asks for. */

import type { Secret } from '@holdfast/core/secret';
import { type Hsm, initPkcs11Hsm, openPkcs11Hsm, type Pkcs11Options } from '@holdfast/vault/hsm';
import type { Environment } from '../command.ts';
import { usageError } from '../command-error.ts';
import { readSecret } from '../settings/read-secret.ts';
import { variableName } from '../settings/read-settings.ts';
import { optionName, type SettingsOf } from '../settings/setting.ts';
import { type INIT_SETTINGS, VAULT_REALM, type VaultSettings } from '../settings/vault-settings.ts';

export type TokenSettings = Pick<VaultSettings, 'pkcs11Library' | 'pkcs11Token' | 'pkcs11PinFile'>;
export type InitSettings = SettingsOf<typeof INIT_SETTINGS>;
export type TokenPlace = Pick<Pkcs11Options, 'library' | 'token'>;

/**
 * Which token it is; null for the software HSM.
 *
 * @throws {HoldfastError} `usage` when only a part of it is said.
 */
export function tokenPlaceOf({
  pkcs11Library: library,
  pkcs11Token: token,
}: TokenSettings): TokenPlace | null {
  if (library === undefined && token === undefined) return null;
  if (library !== undefined && token !== undefined) return { library, token };
  const missing = library === undefined ? 'pkcs11Library' : 'pkcs11Token';
  throw usageError(`Cannot use PKCS#11: --${optionName(missing)} is missing`);
}

/** @throws {HoldfastError} `hsm-unusable`; `usage` without a PIN. */
export async function openTokenHsm(
  place: TokenPlace,
  { pkcs11PinFile }: TokenSettings,
  env: Environment,
): Promise<Hsm> {
  const userPin = await readPin('pkcs11Pin', pkcs11PinFile, env);
  return await openPkcs11Hsm({ ...place, userPin });
}

/**
 * Makes a token a vault's, or adds wrapping keys to one that is.
 *
 * @throws {HoldfastError} `hsm-unusable`; `usage` without the PINs.
 */
export async function initTokenHsm(
  place: TokenPlace,
  settings: InitSettings,
  env: Environment,
): Promise<void> {
  const { pkcs11PinFile, pkcs11OfficerPinFile, wrappingKeys } = settings;
  const officerPin = await readPin('pkcs11OfficerPin', pkcs11OfficerPinFile, env);
  const userPin = await readPin('pkcs11Pin', pkcs11PinFile, env);
  await initPkcs11Hsm({
    ...place,
    officerPin,
    userPin,
    ...(wrappingKeys === undefined ? {} : { wrappingKeys }),
  });
}

/** @param key Of the setting for its file, without `File`. */
async function readPin(key: string, path: string | undefined, env: Environment): Promise<Secret> {
  const variable = variableName(VAULT_REALM, optionName(key));
  const pin = await readSecret({ path, variable }, env);
  if (pin !== null) return pin;
  throw usageError(
    'Cannot log in to the HSM: there is no PIN',
    `Set --${optionName(key)}-file, or ${variable} in the environment.`,
  );
}
