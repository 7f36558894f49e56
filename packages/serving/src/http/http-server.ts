/**
 * The sockets in front of a server: HTTP or HTTPS, with limits on how long anybody may take and on how
 * many connections they may hold.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { addressGroup } from './client-address.ts';

/** Certificate chain and key in PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
}

export interface HttpServerOptions {
  readonly fetch: (request: Request, env: unknown) => Response | Promise<Response>;
  /** Null for plain HTTP. */
  readonly tls: TlsPair | null;
  readonly connections: number;
  /** Null behind a proxy, whose all are. */
  readonly connectionsPerAddress: number | null;
  readonly timeouts?: Timeouts;
}

/** After which a connection is closed, in milliseconds. */
export interface Timeouts {
  /** Until all headers are there. */
  readonly headersMs: number;
  /** Until the whole request is. */
  readonly requestMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
  /** Without a byte in either direction. */
  readonly silenceMs: number;
}

/** For all headers; a token has up to 4 KiB. */
const HEADERS_MAX_BYTES = 8 * 1024;
const TIMEOUTS: Timeouts = {
  headersMs: 10_000,
  requestMs: 20_000,
  // Longer than proxies keep a connection, so that none sends on one that is just being closed.
  keepAliveMs: 75_000,
  silenceMs: 90_000,
};
/** How often Node looks for connections that are too slow, as a part of what they may take. */
const CHECKS = 5;

export function makeHttpServer(options: HttpServerOptions): Server {
  const { tls, connections, connectionsPerAddress, timeouts = TIMEOUTS } = options;
  const serverOptions = {
    maxHeaderSize: HEADERS_MAX_BYTES,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: timeouts.headersMs / CHECKS,
    ...(tls === null ? {} : { ...tls, handshakeTimeout: timeouts.headersMs }),
  };
  const server = createAdaptorServer({
    fetch: options.fetch,
    createServer: tls === null ? createServer : createTlsServer,
    serverOptions,
  }) as Server;
  server.setTimeout(timeouts.silenceMs);
  server.maxConnections = connections;
  if (connectionsPerAddress !== null) limitPerAddress(server, connectionsPerAddress);
  return server;
}

/** The other end of a request's connection, as `fetch` is told of it. */
export function socketAddress(env: unknown): string {
  const { incoming } = env as { readonly incoming: IncomingMessage };
  return incoming.socket.remoteAddress ?? 'unknown';
}

function limitPerAddress(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const group = addressGroup(socket.remoteAddress ?? 'unknown');
    const count = open.get(group) ?? 0;
    if (count >= most) {
      socket.destroy();
      return;
    }
    open.set(group, count + 1);
    socket.once('close', () => {
      const left = (open.get(group) ?? 1) - 1;
      if (left === 0) open.delete(group);
      else open.set(group, left);
    });
  });
}
