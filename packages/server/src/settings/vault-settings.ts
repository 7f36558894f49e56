/** Every setting of a vault: one table for the configuration file, options, environment and help. */
import { DEFAULT_LIMITS } from '@holdfast/core/vault-protocol';
import * as v from 'valibot';
import {
  ADDRESS_SETTINGS,
  atLeastOne,
  CONNECTION_SETTINGS,
  perMinute,
  WATCHING_SETTINGS,
} from './edge-settings.ts';
import type { Realm } from './read-settings.ts';
import {
  file,
  folder,
  hostPort,
  type SettingsOf,
  type SettingTable,
  text,
  wholeNumber,
} from './setting.ts';

const HOUR_MS = 3600 * 1000;
const YEAR_HOURS = 365 * 24;
const LEAST_DELAY_HOURS = DEFAULT_LIMITS.replacementDelayMs / HOUR_MS;
const MANY_KEYS = 1000;

function isOrigin(given: string): boolean {
  return URL.canParse(given) && new URL(given).origin === given;
}

const issuer = v.union([
  v.strictObject({ issuer: text, keysFile: text }),
  v.strictObject({ issuer: text, jwksUrl: text }),
]);

function issuersWithPaths(
  issuers: readonly IssuerSetting[],
  resolve: (path: string) => string,
): IssuerSetting[] {
  return issuers.map((one) =>
    'keysFile' in one ? { ...one, keysFile: resolve(one.keysFile) } : one,
  );
}

export const VAULT_SETTINGS = {
  data: { ...folder, summary: 'Where the vault keeps its records and keys' },
  listen: {
    value: 'HOST:PORT',
    ...hostPort,
    summary: 'Where it listens; 127.0.0.1:8440 when not said',
  },
  ...ADDRESS_SETTINGS,
  origins: {
    kind: 'list',
    value: 'ORIGIN',
    schema: v.array(v.pipe(v.string(), v.check(isOrigin))),
    allowed: 'origins of web pages, such as https://app.example.org',
    summary: 'A web page that may call this vault, such as https://app.example.org',
  },
  issuers: {
    kind: 'file only',
    schema: v.pipe(v.array(issuer), v.minLength(1)),
    allowed: 'a list of { "issuer", "keysFile" } or { "issuer", "jwksUrl" }',
    withPaths: issuersWithPaths,
    summary: 'Who issues tokens; the vault itself when not said',
  },
  hsmKeyFile: {
    ...file,
    summary:
      'Random bytes that seal the keys of the HSM; hsm-seal of the data folder when not said',
  },
  hsmPassphraseFile: { ...file, summary: 'A passphrase that does so instead' },
  pkcs11Library: { ...file, summary: 'PKCS#11 library of an HSM, instead of the software one' },
  pkcs11Token: {
    kind: 'text',
    value: 'LABEL',
    schema: text,
    allowed: 'a label',
    summary: 'Label of its token',
  },
  pkcs11PinFile: { ...file, summary: "PIN of the token's user" },
  postgresUrlsFile: {
    ...file,
    summary: 'Addresses of PostgreSQL servers that hold the records, instead of the data folder',
  },
  singleNode: {
    kind: 'switch',
    schema: v.boolean(),
    allowed: 'true or false',
    summary: 'PostgreSQL has no standby: what it loses is lost',
  },
  guessLimit: {
    value: 'N',
    ...wholeNumber(1, DEFAULT_LIMITS.guesses),
    summary: `Wrong guesses in a row that destroy a record; ${DEFAULT_LIMITS.guesses} when not said`,
  },
  lifetimeLimit: {
    value: 'N',
    ...wholeNumber(1, DEFAULT_LIMITS.lifetime),
    summary: `Wrong guesses ever at a backup; ${DEFAULT_LIMITS.lifetime} when not said`,
  },
  replacementDelay: {
    value: 'HOURS',
    ...wholeNumber(LEAST_DELAY_HOURS, YEAR_HOURS),
    summary: `How long a new password waits without the old one; ${LEAST_DELAY_HOURS} when not said`,
  },
  requestsPerAddress: {
    ...perMinute,
    summary: 'Requests a minute; 0: no limit; 120 when not said',
  },
  requestsPerAccount: { ...perMinute, summary: 'The same for one account; 60 when not said' },
  tokensPerAddress: { ...perMinute, summary: 'Tokens a minute; 0: no limit; 30 when not said' },
  requestsAtOnce: {
    ...atLeastOne,
    summary: 'Requests at work at the same time; 500 when not said',
  },
  ...CONNECTION_SETTINGS,
  ...WATCHING_SETTINGS,
} as const satisfies SettingTable;

export type VaultSettings = SettingsOf<typeof VAULT_SETTINGS>;
export type IssuerSetting = v.InferOutput<typeof issuer>;

/** What a command that only needs the HSM takes. */
export const HSM_SETTINGS = {
  data: VAULT_SETTINGS.data,
  hsmKeyFile: VAULT_SETTINGS.hsmKeyFile,
  hsmPassphraseFile: VAULT_SETTINGS.hsmPassphraseFile,
  pkcs11Library: VAULT_SETTINGS.pkcs11Library,
  pkcs11Token: VAULT_SETTINGS.pkcs11Token,
  pkcs11PinFile: VAULT_SETTINGS.pkcs11PinFile,
} as const satisfies SettingTable;

/** What making its keys takes moreover. */
export const INIT_SETTINGS = {
  ...HSM_SETTINGS,
  pkcs11OfficerPinFile: { ...file, summary: "PIN of the token's security officer" },
  wrappingKeys: {
    value: 'N',
    ...wholeNumber(1, MANY_KEYS),
    summary: 'Wrapping keys to make on the token, one for each month to come; 36 when not said',
  },
} as const satisfies SettingTable;

/** What looking at ledgers takes. */
export const ADMIN_SETTINGS = {
  ...HSM_SETTINGS,
  postgresUrlsFile: VAULT_SETTINGS.postgresUrlsFile,
  singleNode: VAULT_SETTINGS.singleNode,
} as const satisfies SettingTable;

export const VAULT_REALM: Realm = {
  prefix: 'HOLDFAST_VAULT_',
  names: Object.keys({ ...VAULT_SETTINGS, ...INIT_SETTINGS }),
};
