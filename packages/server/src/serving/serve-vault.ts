/** A vault on its sockets: from a service that answers to one that can be reached. */
import type { Server as TlsServer } from 'node:https';
import { clientAddress, makeHttpServer, socketAddress } from '@holdfast/serving/http';
import { type VaultAppOptions, vaultApp } from '@holdfast/vault/http';
import type { OpenedVault } from '@holdfast/vault/vault';
import { usageError } from '../command-error.ts';
import type { HostPort } from '../settings/setting.ts';
import type { VaultSettings } from '../settings/vault-settings.ts';
import { formatHostPort, isLoopback, type Listener, listenOn } from './listen.ts';
import { describe, type Logger, logAnswered } from './log.ts';
import { makeMetrics, serveMetrics } from './metrics.ts';
import { readTls, type TlsFiles } from './tls.ts';

export type ServedParts = Pick<VaultAppOptions, 'checker' | 'issuer'> & {
  readonly vault: OpenedVault;
};

export interface ServedVault {
  /** The address that people use. */
  readonly url: string;
  /** Where metrics are, if anywhere. */
  readonly metricsUrl: string | null;
  /** Reads certificate and key anew; when they are no good, the old ones stay. */
  reload(): Promise<void>;
  /** Answers what is under way, and takes no more. */
  close(): Promise<void>;
}

const DEFAULT_LISTEN: HostPort = { host: '127.0.0.1', port: 8440 };
const DEFAULT_PER_ADDRESS = 120;
const DEFAULT_PER_ACCOUNT = 60;
const DEFAULT_TOKENS = 30;
const DEFAULT_AT_ONCE = 500;
const DEFAULT_CONNECTIONS = 1000;
const DEFAULT_CONNECTIONS_PER_ADDRESS = 50;
const GRACE_MS = 10_000;

/**
 * @throws {HoldfastError} `usage` when others than this machine could reach it without TLS, or the
 *   TLS files are no good; `address-unusable`.
 */
export async function serveVault(
  { vault, checker, issuer }: ServedParts,
  settings: VaultSettings,
  log: Logger,
): Promise<ServedVault> {
  const { listen = DEFAULT_LISTEN, behindProxy = false } = settings;
  const tlsFiles = tlsFilesOf(settings);
  if (tlsFiles === null && !behindProxy && !isLoopback(listen.host)) {
    throw usageError(
      `Cannot listen on ${formatHostPort(listen)}: others would reach it without TLS`,
      'Set --tls-certificate and --tls-key, or --behind-proxy if a proxy does TLS.',
    );
  }
  const tls = tlsFiles === null ? null : await readTls(tlsFiles);
  const logLine = logAnswered(log, settings.logAddresses);
  const metrics = makeMetrics({
    connections: () =>
      new Promise((resolve) => server.getConnections((_, count) => resolve(count ?? 0))),
    vault,
  });
  const app = vaultApp({
    vault,
    checker,
    issuer,
    origins: settings.origins ?? [],
    limits: {
      perAddress: settings.requestsPerAddress ?? DEFAULT_PER_ADDRESS,
      perAccount: settings.requestsPerAccount ?? DEFAULT_PER_ACCOUNT,
      tokensPerAddress: settings.tokensPerAddress ?? DEFAULT_TOKENS,
      atOnce: settings.requestsAtOnce ?? DEFAULT_AT_ONCE,
    },
    addressOf: ({ headers }, env) =>
      clientAddress(socketAddress(env), behindProxy ? headers.get('x-forwarded-for') : null),
    onAnswered(answered) {
      metrics.count(answered);
      logLine(answered);
    },
  });
  const perAddress = settings.connectionsPerAddress ?? DEFAULT_CONNECTIONS_PER_ADDRESS;
  const server = makeHttpServer({
    fetch: app.fetch,
    tls,
    connections: settings.connections ?? DEFAULT_CONNECTIONS,
    connectionsPerAddress: behindProxy ? null : perAddress,
  });
  const listener = await listenOn(server, listen);
  let metricsListener: Listener | null = null;
  try {
    if (settings.metrics) metricsListener = await serveMetrics(metrics, settings.metrics);
  } catch (error) {
    await listener.close(0);
    throw error;
  }
  return {
    url: settings.url ?? `${tls === null ? 'http' : 'https'}://${formatHostPort(listener.at)}`,
    metricsUrl: metricsListener && `http://${formatHostPort(metricsListener.at)}/metrics`,
    async reload() {
      if (tlsFiles === null || !('setSecureContext' in server)) return;
      try {
        (server as TlsServer).setSecureContext(await readTls(tlsFiles));
        log.info('certificate and key read anew');
      } catch (error) {
        log.error({ error: describe(error) }, 'certificate and key stay as they were');
      }
    },
    async close() {
      await Promise.all([listener.close(GRACE_MS), metricsListener?.close(0)]);
    },
  };
}

function tlsFilesOf({ tlsCertificate, tlsKey }: VaultSettings): TlsFiles | null {
  if (tlsCertificate === undefined && tlsKey === undefined) return null;
  if (tlsCertificate !== undefined && tlsKey !== undefined) {
    return { certificatePath: tlsCertificate, keyPath: tlsKey };
  }
  const missing = tlsKey === undefined ? '--tls-key' : '--tls-certificate';
  throw usageError(`Cannot use TLS: ${missing} is missing`);
}
