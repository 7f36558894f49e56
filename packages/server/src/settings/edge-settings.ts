/** Settings that all servers have: how they are reached, how much they take, what they tell of themselves. */
import * as v from 'valibot';
import { file, hostPort, oneOf, type SettingTable, wholeNumber } from './setting.ts';

const MANY = 1_000_000;

export const perMinute = { value: 'N', ...wholeNumber(0, MANY) };
export const atLeastOne = { value: 'N', ...wholeNumber(1, MANY) };

export const ADDRESS_SETTINGS = {
  url: {
    kind: 'text',
    value: 'URL',
    schema: v.pipe(v.string(), v.url(), v.regex(/^https?:/)),
    allowed: 'an address that begins with https: or http:',
    summary: 'The address that people use, when it is another',
  },
  tlsCertificate: { ...file, summary: 'Certificate chain (PEM); read again on SIGHUP' },
  tlsKey: { ...file, summary: 'Its private key (PEM)' },
  behindProxy: {
    kind: 'switch',
    schema: v.boolean(),
    allowed: 'true or false',
    summary: 'One proxy in front does TLS and sets X-Forwarded-For',
  },
} as const satisfies SettingTable;

export const CONNECTION_SETTINGS = {
  connections: {
    ...atLeastOne,
    summary: 'Connections at the same time; 1000 when not said',
  },
  connectionsPerAddress: {
    ...atLeastOne,
    summary: 'The same from one address; 50 when not said',
  },
} as const satisfies SettingTable;

export const WATCHING_SETTINGS = {
  metrics: { value: 'HOST:PORT', ...hostPort, summary: 'Where Prometheus may ask for metrics' },
  logLevel: {
    value: 'LEVEL',
    ...oneOf(['error', 'warn', 'info', 'debug']),
    summary: 'error, warn, info (when not said), or debug: a line for each request',
  },
  logAddresses: {
    value: 'HOW',
    ...oneOf(['off', 'truncated', 'full']),
    summary: 'How the log shows addresses: off, truncated (when not said), full',
  },
} as const satisfies SettingTable;
