/** A backup provider on its sockets: from what it stands on to one that can be reached. */

import { parseProviderOrigin } from '@holdfast/core/provider-api';
import { Accounts, type SignUp } from '@holdfast/provider/accounts';
import { providerApp } from '@holdfast/provider/http';
import type { MetadataStore } from '@holdfast/provider/metadata';
import type { Objects } from '@holdfast/provider/objects';
import type { Timeouts } from '@holdfast/serving/http';
import { usageError } from '../command-error.ts';
import type { ProviderSettings } from '../settings/provider-settings.ts';
import type { HostPort } from '../settings/setting.ts';
import { formatHostPort, isLoopback } from './listen.ts';
import type { Logger } from './log.ts';
import { type ServedApp, serveApp } from './serve-app.ts';

export interface ProviderParts {
  readonly metadata: MetadataStore;
  readonly objects: Objects;
  readonly quotaBytes: number;
}

const DEFAULT_LISTEN: HostPort = { host: '127.0.0.1', port: 8441 };
const DEFAULT_PER_ADDRESS = 12_000;
const DEFAULT_PER_ACCOUNT = 6000;
const DEFAULT_ENTRANCES = 60;
const DEFAULT_ACCOUNTS = 10;
const DEFAULT_UPLOADS = 256;

const TIMEOUTS: Timeouts = {
  headersMs: 10_000,
  // 16 MiB at 28 kB a second.
  requestMs: 600_000,
  // Longer than proxies keep a connection, so that none sends on one that is just being closed.
  keepAliveMs: 75_000,
  silenceMs: 90_000,
};

/** @throws {HoldfastError} `usage` when it is not said what people call it, or whom it takes; as `serveApp`. */
export async function serveProvider(
  { metadata, objects, quotaBytes }: ProviderParts,
  settings: ProviderSettings,
  log: Logger,
): Promise<ServedApp> {
  const { listen = DEFAULT_LISTEN } = settings;
  const signUp = signUpOf(settings, listen);
  return await serveApp({
    ...{ listen, settings, log, name: 'provider', gauges: [], timeouts: TIMEOUTS },
    async makeApp({ url, addressOf, onAnswered }) {
      const origin = parseProviderOrigin(url);
      const accounts = await Accounts.open({ metadata, origin, signUp });
      const app = providerApp({
        ...{ accounts, objects, origin, signUp, quotaBytes, addressOf, onAnswered },
        check: () => metadata.check(),
        limits: {
          perAddress: settings.requestsPerAddress ?? DEFAULT_PER_ADDRESS,
          entrancesPerAddress: settings.entrancesPerAddress ?? DEFAULT_ENTRANCES,
          perAccount: settings.requestsPerAccount ?? DEFAULT_PER_ACCOUNT,
          accountsPerAddress: settings.accountsPerAddress ?? DEFAULT_ACCOUNTS,
          uploadsAtOnce: settings.uploadsAtOnce ?? DEFAULT_UPLOADS,
        },
      });
      return app.fetch;
    },
  });
}

/** What others can reach is open to them only when somebody said so. */
function signUpOf({ signUp, url, behindProxy }: ProviderSettings, listen: HostPort): SignUp {
  const isLocal = isLoopback(listen.host) && !behindProxy;
  if (!isLocal && url === undefined) {
    throw usageError(
      `Cannot serve a provider on ${formatHostPort(listen)}: what people call it is not said`,
      'Set --url to its address, such as https://backup.example.org: devices sign in for that name.',
    );
  }
  if (signUp !== undefined) return signUp;
  if (isLocal) return 'open';
  throw usageError(
    'Cannot serve a provider that others can reach: who may begin a backup is not said',
    'Set --sign-up to invite, open or closed.',
  );
}
