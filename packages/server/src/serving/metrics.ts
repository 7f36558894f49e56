/** What Prometheus sees: how many requests, of what kind, how they ended, how long they took. */
import { createServer } from 'node:http';
import type { Answered } from '@holdfast/vault/http';
import type { OpenedVault, VaultUpkeep } from '@holdfast/vault/vault';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { HostPort } from '../settings/setting.ts';
import { type Listener, listenOn } from './listen.ts';

const BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

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

export interface Metrics {
  /** Counts one answer. */
  count(answered: Answered): void;
  /** In Prometheus' text form. */
  text(): Promise<string>;
}

/** What is asked when metrics are. */
export interface Watched {
  /** How many there are now. */
  connections(): Promise<number>;
  readonly vault: Pick<OpenedVault, 'upkeep'>;
}

export function makeMetrics({ connections, vault }: Watched): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'holdfast_vault_requests_total',
    help: 'Answers, by kind of request and by code: ok is a signed answer or a token',
    labelNames: ['kind', 'code'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'holdfast_vault_request_seconds',
    help: 'Time from headers to answer',
    labelNames: ['kind'] as const,
    buckets: BUCKETS_SECONDS,
    registers,
  });
  new Gauge({
    name: 'holdfast_vault_connections',
    help: 'Open connections',
    registers,
    async collect() {
      this.set(await connections());
    },
  });
  for (const [name, help, read] of UPKEEP) {
    new Gauge({
      name: `holdfast_vault_${name}`,
      help,
      registers,
      collect() {
        this.set(read(vault.upkeep));
      },
    });
  }
  return {
    count({ kind, code, durationMs }) {
      requests.inc({ kind, code: code ?? 'ok' });
      seconds.observe({ kind }, durationMs / 1000);
    },
    text: () => registry.metrics(),
  };
}

/** Serves `GET /metrics` apart from the vault, where only those who may see it can reach. */
export async function serveMetrics(metrics: Metrics, at: HostPort): Promise<Listener> {
  const server = createServer(async ({ method, url }, response) => {
    if (method !== 'GET' || url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    try {
      const text = await metrics.text();
      response.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE }).end(text);
    } catch {
      response.writeHead(500).end();
    }
  });
  return await listenOn(server, at);
}
