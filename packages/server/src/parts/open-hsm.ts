/** The HSM that a vault's settings name. */
import type { Hsm } from '@holdfast/vault/hsm';
import type { Environment } from '../command.ts';
import type { DataFolder } from './data-folder.ts';
import { openSoftwareKeys, type SoftwareSettings } from './software-hsm.ts';
import { openTokenHsm, type TokenSettings, tokenPlaceOf } from './token-hsm.ts';

export type HsmSettings = SoftwareSettings & TokenSettings;

/** @throws {HoldfastError} `hsm-unusable`, `damaged`, `usage`. */
export async function openHsm(
  folder: DataFolder,
  settings: HsmSettings,
  env: Environment,
): Promise<Hsm> {
  const place = tokenPlaceOf(settings);
  if (place === null) return await openSoftwareKeys(folder, settings, env);
  return await openTokenHsm(place, settings, env);
}
