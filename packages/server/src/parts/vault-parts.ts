/** A vault's HSM and records, opened beside the vault, which may be running. */
import type { Hsm } from '@holdfast/vault/hsm';
import type { RecordStore } from '@holdfast/vault/records';
import type { Environment } from '../command.ts';
import type { SettingsOf } from '../settings/setting.ts';
import type { ADMIN_SETTINGS } from '../settings/vault-settings.ts';
import { assertVaultIn, type DataFolder, dataFolder } from './data-folder.ts';
import { openHsm } from './open-hsm.ts';
import { openRecords, readPostgresUrls } from './records.ts';

export type AdminSettings = SettingsOf<typeof ADMIN_SETTINGS>;

export interface VaultParts {
  readonly hsm: Hsm;
  readonly records: RecordStore;
  readonly folder: DataFolder;
  /** Whether the records are in PostgreSQL. */
  readonly isOnPostgres: boolean;
}

/** @throws {HoldfastError} what HSM and record store throw; `device-unusable` where there are no records. */
export async function withVaultParts<Result>(
  settings: AdminSettings,
  env: Environment,
  use: (parts: VaultParts) => Promise<Result>,
): Promise<Result> {
  const urls = await readPostgresUrls(settings, env);
  const folder = dataFolder(settings.data, env);
  if (urls === null) await assertVaultIn(folder);
  await using opened = new AsyncDisposableStack();
  const hsm = await openHsm(folder, settings, env);
  opened.defer(() => hsm.close());
  const records = await openRecords(urls, folder, settings);
  opened.defer(() => records.close());
  return await use({ hsm, records, folder, isOnPostgres: urls !== null });
}
