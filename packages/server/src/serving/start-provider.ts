/** A backup provider, opened in its parts and served; it ends with the stack that they are given to. */
import { mkdir } from 'node:fs/promises';
import { FolderBytes } from '@holdfast/provider/bytes';
import { openSqliteMetadata } from '@holdfast/provider/metadata';
import { Objects } from '@holdfast/provider/objects';
import { makeDataFolder } from '../parts/data-folder.ts';
import { providerFolder } from '../parts/provider-folder.ts';
import type { ProviderSettings } from '../settings/provider-settings.ts';
import { startCleaning } from './cleaning.ts';
import type { Stage } from './run-servers.ts';
import type { ServedApp } from './serve-app.ts';
import { serveProvider } from './serve-provider.ts';

const MIB = 2 ** 20;
const DEFAULT_QUOTA_MIB = 2048;
const RESERVE_MIB = 64;
const DAY_MS = 24 * 3600 * 1000;
const DEFAULT_RETENTION_DAYS = 30;

/** @throws {HoldfastError} when it can't start. */
export async function startProvider(settings: ProviderSettings, stage: Stage): Promise<ServedApp> {
  const { env, say, log, opened } = stage;
  const folder = providerFolder(settings.data, env);
  await makeDataFolder(folder);
  await mkdir(folder.objectsPath, { recursive: true, mode: 0o700 });
  const metadata = await openSqliteMetadata(folder.databasePath);
  opened.defer(() => metadata.close());
  const bytes = new FolderBytes(folder.objectsPath);
  const quotaBytes = (settings.quota ?? DEFAULT_QUOTA_MIB) * MIB;
  const retentionMs = (settings.retention ?? DEFAULT_RETENTION_DAYS) * DAY_MS;
  opened.use(startCleaning({ metadata, bytes, retentionMs }, log));

  const reserveBytes = RESERVE_MIB * MIB;
  const objects = new Objects({ metadata, bytes, quotaBytes, reserveBytes, retentionMs });
  const served = await serveProvider({ metadata, objects, quotaBytes }, settings, log);
  const { url, metricsUrl } = served;
  opened.defer(() => served.close());

  say(`Provider     ${url}`);
  say(`Objects in   ${folder.path}`);
  if (metricsUrl !== null) say(`Metrics      ${metricsUrl}`);
  say('');
  say(`Start a backup there with: holdfast init --store ${url}`);
  log.info({ url }, 'serving');
  return served;
}
