/** A server on its sockets: from an application to one that can be reached. */
import type { Server as TlsServer } from 'node:https';
import {
  clientAddress,
  makeHttpServer,
  socketAddress,
  type Timeouts,
} from '@holdfast/serving/http';
import { usageError } from '../command-error.ts';
import type {
  ADDRESS_SETTINGS,
  CONNECTION_SETTINGS,
  WATCHING_SETTINGS,
} from '../settings/edge-settings.ts';
import type { HostPort, SettingsOf } from '../settings/setting.ts';
import { formatHostPort, isLoopback, type Listener, listenOn } from './listen.ts';
import { describe, type Logger, logAnswered } from './log.ts';
import { type Gauges, makeMetrics, type Requested, serveMetrics } from './metrics.ts';
import { readTls, type TlsFiles } from './tls.ts';

export type EdgeSettings = SettingsOf<typeof ADDRESS_SETTINGS> &
  SettingsOf<typeof CONNECTION_SETTINGS> &
  SettingsOf<typeof WATCHING_SETTINGS>;

type Fetch = (request: Request, env: unknown) => Response | Promise<Response>;

/** What an application is told of where it is served. */
export interface Edge {
  /** The address that people use. */
  readonly url: string;
  addressOf(request: Request, env: unknown): string;
  /** Counts an answer, and logs it. */
  onAnswered(answered: Requested): void;
}

export interface ServeOptions {
  readonly listen: HostPort;
  readonly settings: EdgeSettings;
  readonly log: Logger;
  /** `vault`: names of metrics begin with `holdfast_vault_`. */
  readonly name: string;
  readonly gauges: Gauges;
  readonly timeouts?: Timeouts;
  /** Called once it is known where it listens. */
  makeApp(edge: Edge): Fetch | Promise<Fetch>;
}

export interface ServedApp {
  /** The address that people use. */
  readonly url: string;
  /** Where metrics are, if anywhere. */
  readonly metricsUrl: string | null;
  /** Reads certificate and key anew; when they are no good, the old ones stay. */
  reload(): Promise<void>;
  /** Answers what is under way, and takes no more. */
  close(): Promise<void>;
}

const DEFAULT_CONNECTIONS = 1000;
const DEFAULT_CONNECTIONS_PER_ADDRESS = 50;
const GRACE_MS = 10_000;
const UNAVAILABLE = 503;

/**
 * @throws {HoldfastError} `usage` when others than this machine could reach it without TLS, or the
 *   TLS files are no good; `address-unusable`.
 */
export async function serveApp(options: ServeOptions): Promise<ServedApp> {
  const { listen, settings, log, name, gauges, timeouts } = options;
  const { behindProxy = false } = settings;
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
    ...{ name, gauges },
    connections: () =>
      new Promise((resolve) => server.getConnections((_, count) => resolve(count ?? 0))),
  });
  let fetch: Fetch = () => new Response(null, { status: UNAVAILABLE });
  const perAddress = settings.connectionsPerAddress ?? DEFAULT_CONNECTIONS_PER_ADDRESS;
  const server = makeHttpServer({
    fetch: (request, env) => fetch(request, env),
    tls,
    connections: settings.connections ?? DEFAULT_CONNECTIONS,
    connectionsPerAddress: behindProxy ? null : perAddress,
    ...(timeouts === undefined ? {} : { timeouts }),
  });
  const listener = await listenOn(server, listen);
  const url = settings.url ?? `${tls === null ? 'http' : 'https'}://${formatHostPort(listener.at)}`;
  let metricsListener: Listener | null = null;
  try {
    fetch = await options.makeApp({
      url,
      addressOf: ({ headers }, env) =>
        clientAddress(socketAddress(env), behindProxy ? headers.get('x-forwarded-for') : null),
      onAnswered(answered) {
        metrics.count(answered);
        logLine(answered);
      },
    });
    if (settings.metrics) metricsListener = await serveMetrics(metrics, settings.metrics);
  } catch (error) {
    await listener.close(0);
    throw error;
  }
  return {
    url,
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

function tlsFilesOf({ tlsCertificate, tlsKey }: EdgeSettings): TlsFiles | null {
  if (tlsCertificate === undefined && tlsKey === undefined) return null;
  if (tlsCertificate !== undefined && tlsKey !== undefined) {
    return { certificatePath: tlsCertificate, keyPath: tlsKey };
  }
  const missing = tlsKey === undefined ? '--tls-key' : '--tls-certificate';
  throw usageError(`Cannot use TLS: ${missing} is missing`);
}
