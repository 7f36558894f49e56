/** A provider in this process, on a socket and a folder of its own. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Accounts, type SignUp } from '@holdfast/provider/accounts';
import { FolderBytes } from '@holdfast/provider/bytes';
import { type Answered, providerApp, type RequestLimits } from '@holdfast/provider/http';
import { type MetadataStore, openSqliteMetadata } from '@holdfast/provider/metadata';
import { type KindOfName, Objects } from '@holdfast/provider/objects';
import { makeHttpServer } from '@holdfast/serving/http';

export interface LocalProviderOptions {
  readonly signUp?: SignUp;
  readonly quotaBytes?: number;
  readonly reserveBytes?: number;
  readonly retentionMs?: number;
  readonly limits?: Partial<RequestLimits>;
  readonly kindOf?: KindOfName;
  readonly now?: () => number;
}

export interface LocalProvider extends AsyncDisposable {
  readonly origin: string;
  readonly metadata: MetadataStore;
  readonly bytes: FolderBytes;
  readonly objects: Objects;
  /** Where it keeps large objects. */
  readonly bytesFolder: string;
  /** All that was answered so far. */
  readonly answers: readonly Answered[];
}

const NO_LIMITS: RequestLimits = {
  perAddress: 0,
  entrancesPerAddress: 0,
  perAccount: 0,
  accountsPerAddress: 0,
  uploadsAtOnce: 100,
};

const DAY_MS = 24 * 3600 * 1000;

export async function startLocalProvider(
  options: LocalProviderOptions = {},
): Promise<LocalProvider> {
  const { signUp = 'open', quotaBytes = 2 ** 31, retentionMs = 30 * DAY_MS } = options;
  const { kindOf, reserveBytes = 0, now = Date.now } = options;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-provider-'));
  const bytesFolder = join(folder, 'objects');
  await mkdir(bytesFolder);
  const metadata = await openSqliteMetadata(join(folder, 'provider.sqlite'));
  const bytes = new FolderBytes(bytesFolder);
  const objects = new Objects({
    ...{ metadata, bytes, quotaBytes, reserveBytes, retentionMs, now },
    ...(kindOf === undefined ? {} : { kindOf }),
  });
  const answers: Answered[] = [];
  // The address is known once the server listens, and the app has to know it.
  let fetch: (request: Request, env: unknown) => Response | Promise<Response>;
  const server = makeHttpServer({
    fetch: (request, env) => fetch(request, env),
    ...{ tls: null, connections: 200, connectionsPerAddress: null },
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const accounts = await Accounts.open({ metadata, origin, signUp, now });
  const app = providerApp({
    ...{ accounts, objects, origin, signUp, quotaBytes },
    limits: { ...NO_LIMITS, ...options.limits },
    check: () => metadata.check(),
    addressOf: () => '192.0.2.1',
    onAnswered: (answered) => answers.push(answered),
  });
  fetch = app.fetch;
  return {
    ...{ origin, metadata, bytes, objects, bytesFolder, answers },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await metadata.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
