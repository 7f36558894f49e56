/** Every setting of a backup provider: one table for the configuration file, options, environment and help. */
import {
  ADDRESS_SETTINGS,
  atLeastOne,
  CONNECTION_SETTINGS,
  perMinute,
  WATCHING_SETTINGS,
} from './edge-settings.ts';
import type { Realm } from './read-settings.ts';
import {
  folder,
  hostPort,
  oneOf,
  type SettingsOf,
  type SettingTable,
  wholeNumber,
} from './setting.ts';

/** 8 PiB, which is what whole numbers reach to. */
const MOST_MIB = 2 ** 33;
const MOST_DAYS = 3650;

export const PROVIDER_SETTINGS = {
  data: { ...folder, summary: 'Where the provider keeps accounts and objects' },
  listen: {
    value: 'HOST:PORT',
    ...hostPort,
    summary: 'Where it listens; 127.0.0.1:8441 when not said',
  },
  ...ADDRESS_SETTINGS,
  signUp: {
    value: 'WHO',
    ...oneOf(['open', 'invite', 'closed']),
    summary: 'Who may begin a backup: open, invite or closed; open on this machine when not said',
  },
  quota: {
    value: 'MIB',
    ...wholeNumber(1, MOST_MIB),
    summary: 'What one backup may take up; 2048 when not said',
  },
  retention: {
    value: 'DAYS',
    ...wholeNumber(0, MOST_DAYS),
    summary: 'How long deleted objects are kept; 30 when not said',
  },
  requestsPerAddress: {
    ...perMinute,
    summary: 'Requests a minute; 0: no limit; 12000 when not said',
  },
  requestsPerAccount: { ...perMinute, summary: 'The same for one account; 6000 when not said' },
  entrancesPerAddress: {
    ...perMinute,
    summary: 'Sign-ins a minute; 0: no limit; 60 when not said',
  },
  accountsPerAddress: {
    ...perMinute,
    summary: 'New accounts an hour; 0: no limit; 10 when not said',
  },
  uploadsAtOnce: { ...atLeastOne, summary: 'Uploads at the same time; 256 when not said' },
  ...CONNECTION_SETTINGS,
  ...WATCHING_SETTINGS,
} as const satisfies SettingTable;

export type ProviderSettings = SettingsOf<typeof PROVIDER_SETTINGS>;

/** What looking after accounts takes. */
export const PROVIDER_ADMIN_SETTINGS = {
  data: PROVIDER_SETTINGS.data,
} as const satisfies SettingTable;

export const PROVIDER_REALM: Realm = {
  prefix: 'HOLDFAST_PROVIDER_',
  names: Object.keys(PROVIDER_SETTINGS),
};
