/** What Prometheus sees: how many requests, of what kind, how they ended, how long they took. */
import { createServer } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { HostPort } from '../settings/setting.ts';
import { type Listener, listenOn } from './listen.ts';

const BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** What is asked when metrics are. */
export type Gauges = readonly {
  readonly name: string;
  readonly help: string;
  read(): number;
}[];

/** What is counted of a request. */
export interface Requested {
  readonly kind: string;
  readonly status: number;
  /** Null for an answer that is no error. */
  readonly code: string | null;
  readonly address: string;
  readonly durationMs: number;
  /** What went wrong, when it was not the caller. */
  readonly cause?: unknown;
}

export interface Metrics {
  /** Counts one answer. */
  count(answered: Requested): void;
  /** In Prometheus' text form. */
  text(): Promise<string>;
}

export interface MetricsOptions {
  /** Of the server, as names of metrics have it. */
  readonly name: string;
  readonly gauges: Gauges;
  /** How many there are now. */
  connections(): Promise<number>;
}

export function makeMetrics({ name: server, gauges, connections }: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: `holdfast_${server}_requests_total`,
    help: 'Answers, by kind of request and by code: ok is no error',
    labelNames: ['kind', 'code'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: `holdfast_${server}_request_seconds`,
    help: 'Time from headers to answer',
    labelNames: ['kind'] as const,
    buckets: BUCKETS_SECONDS,
    registers,
  });
  new Gauge({
    name: `holdfast_${server}_connections`,
    help: 'Open connections',
    registers,
    async collect() {
      this.set(await connections());
    },
  });
  for (const { name, help, read } of gauges) {
    new Gauge({
      name: `holdfast_${server}_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
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

/** Serves `GET /metrics` apart from the server, where only those who may see it can reach. */
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
