/** A vault's ledgers, opened to look at while it may be running. */
import { LedgerReader } from '@holdfast/vault/vault';
import type { Environment } from '../command.ts';
import type { SettingsOf } from '../settings/setting.ts';
import type { ADMIN_SETTINGS } from '../settings/vault-settings.ts';
import { assertVaultIn, dataFolder } from './data-folder.ts';
import { limitsOf } from './limits.ts';
import { openHsm } from './open-hsm.ts';
import { openRecords, readPostgresUrls } from './records.ts';

/** @throws {HoldfastError} what HSM and record store throw; `device-unusable` where there are no records. */
export async function withLedgers<Result>(
  settings: SettingsOf<typeof ADMIN_SETTINGS>,
  env: Environment,
  look: (ledgers: LedgerReader) => Promise<Result>,
): Promise<Result> {
  const limits = limitsOf(settings);
  const urls = await readPostgresUrls(settings, env);
  const folder = dataFolder(settings.data, env);
  if (urls === null) await assertVaultIn(folder);
  await using opened = new AsyncDisposableStack();
  const hsm = await openHsm(folder, settings, env);
  opened.defer(() => hsm.close());
  const records = await openRecords(urls, folder, settings);
  opened.defer(() => records.close());
  return await look(new LedgerReader({ hsm, records, limits }));
}
