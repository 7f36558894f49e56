/** A server that listens, and stops without cutting anybody off. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommandError } from '../command-error.ts';
import { systemState } from '../output/system-state.ts';
import type { HostPort } from '../settings/setting.ts';

export interface Listener {
  /** Where it listens, as it turned out. */
  readonly at: HostPort;
  /**
   * Takes no more connections, and resolves when all requests under way are answered.
   *
   * @param graceMs After which those that are left are cut off.
   */
  close(graceMs: number): Promise<void>;
}

const SWEEP_MS = 50;

/** @throws {HoldfastError} `address-unusable`. */
export async function listenOn(server: Server, { host, port }: HostPort): Promise<Listener> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (cause) {
    throw new CommandError(
      'address-unusable',
      `Cannot listen on ${formatHostPort({ host, port })}: ${systemState(cause)}`,
      { cause, nextStep: 'Choose another address and port.' },
    );
  }
  server.off('error', reject);
  const at = { host, port: (server.address() as AddressInfo).port };
  return { at, close: (graceMs) => closeServer(server, graceMs) };
}

/** `127.0.0.1:8440`, `[::1]:8440`. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Connections that are kept alive become idle one by one, as their requests are answered.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const end = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
    clearTimeout(end);
  }
}
