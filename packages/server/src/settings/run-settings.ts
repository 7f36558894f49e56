/** Settings of a provider and a vault in one process. */
import { WATCHING_SETTINGS } from './edge-settings.ts';
import type { Realm } from './read-settings.ts';
import { folder, hostPort, type SettingTable } from './setting.ts';

export const RUN_SETTINGS = {
  data: { ...folder, summary: 'Where both keep what they have, each in a folder of its own' },
  providerListen: {
    value: 'HOST:PORT',
    ...hostPort,
    summary: 'Where the provider listens; 127.0.0.1:8441 when not said',
  },
  vaultListen: {
    value: 'HOST:PORT',
    ...hostPort,
    summary: 'Where the vault listens; 127.0.0.1:8440 when not said',
  },
  logLevel: WATCHING_SETTINGS.logLevel,
} as const satisfies SettingTable;

export const RUN_REALM: Realm = { prefix: 'HOLDFAST_RUN_', names: Object.keys(RUN_SETTINGS) };
