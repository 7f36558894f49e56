/** A vault on its sockets: from a service that answers to one that can be reached. */
import { type VaultAppOptions, vaultApp } from '@holdfast/vault/http';
import type { OpenedVault, VaultUpkeep } from '@holdfast/vault/vault';
import type { HostPort } from '../settings/setting.ts';
import type { VaultSettings } from '../settings/vault-settings.ts';
import type { Logger } from './log.ts';
import { type ServedApp, serveApp } from './serve-app.ts';

export type ServedParts = Pick<VaultAppOptions, 'checker' | 'issuer'> & {
  readonly vault: OpenedVault;
};

const DEFAULT_LISTEN: HostPort = { host: '127.0.0.1', port: 8440 };
const DEFAULT_PER_ADDRESS = 120;
const DEFAULT_PER_ACCOUNT = 60;
const DEFAULT_TOKENS = 30;
const DEFAULT_AT_ONCE = 500;

const UPKEEP: readonly [name: string, help: string, (upkeep: VaultUpkeep) => number][] = [
  [
    'wrapping_keys_left',
    'Wrapping keys that the HSM has in stock; at 0 it stays with the last',
    ({ wrappingKeysLeft }) => wrappingKeysLeft,
  ],
  [
    'wrapping_keys_older',
    'Wrapping keys that wait for "hsm rotate --copy" to be destroyed',
    ({ olderWrappingKeys }) => olderWrappingKeys,
  ],
  [
    'wrapping_key_age_seconds',
    'For how long the wrapping key has been the same; 30 days when all is well',
    ({ wrappingKeyAgeMs }) => wrappingKeyAgeMs / 1000,
  ],
  [
    'damaged_ledgers',
    "Backups whose state can't be read, as far as was noticed",
    ({ damagedLedgers }) => damagedLedgers,
  ],
];

/** @throws {HoldfastError} as `serveApp`. */
export async function serveVault(
  { vault, checker, issuer }: ServedParts,
  settings: VaultSettings,
  log: Logger,
): Promise<ServedApp> {
  return await serveApp({
    listen: settings.listen ?? DEFAULT_LISTEN,
    ...{ settings, log, name: 'vault' },
    gauges: UPKEEP.map(([name, help, read]) => ({ name, help, read: () => read(vault.upkeep) })),
    makeApp: ({ addressOf, onAnswered }) =>
      vaultApp({
        ...{ vault, checker, issuer, addressOf, onAnswered },
        origins: settings.origins ?? [],
        limits: {
          perAddress: settings.requestsPerAddress ?? DEFAULT_PER_ADDRESS,
          perAccount: settings.requestsPerAccount ?? DEFAULT_PER_ACCOUNT,
          tokensPerAddress: settings.tokensPerAddress ?? DEFAULT_TOKENS,
          atOnce: settings.requestsAtOnce ?? DEFAULT_AT_ONCE,
        },
      }).fetch,
  });
}
