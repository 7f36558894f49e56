/**
 * An issuer's keys behind a JWKS address: fetched when first needed, again every ten minutes, and for
 * an unknown key id at most every 30 seconds.
 *
 * While the address can't be reached, the keys that it showed last are good for a day. Never follows
 * a redirect, and reads no more than 64 KiB.
 */
import { HoldfastError } from '@holdfast/core/errors';
import { readStream } from '@holdfast/serving/http';
import { createRemoteJWKSet, customFetch } from 'jose';
import { checkKeySet, type IssuerKeys } from './issuer-keys.ts';

const TIMEOUT_MS = 5_000;
const REFRESH_MS = 10 * 60 * 1000;
/** Between two fetches, whether they worked or not. */
const COOLDOWN_MS = 30_000;
const STALE_MS = 24 * 3600 * 1000;
const KEY_SET_MAX_BYTES = 64 * 1024;

export interface RemoteKeysOptions {
  readonly fetch?: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * The keys throw `busy` while there are none to be had.
 *
 * @throws {HoldfastError} `usage` for an address that is not HTTPS: only on this host may it be HTTP.
 */
export function remoteKeys(address: string, options: RemoteKeysOptions = {}): IssuerKeys {
  const { fetch: fetchNow = fetch, now = Date.now } = options;
  const url = parseAddress(address);
  let last: { readonly text: string; readonly atMs: number } | null = null;
  let failedAtMs = Number.NEGATIVE_INFINITY;

  async function get(init: RequestInit): Promise<string> {
    const response = await fetchNow(url, init);
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const bytes = await readStream(response.body, KEY_SET_MAX_BYTES);
    if (bytes === null) throw new Error('too long');
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return JSON.stringify(await checkKeySet(value, address));
  }

  async function getOrKeep(_: string, init: RequestInit): Promise<Response> {
    if (now() >= failedAtMs + COOLDOWN_MS) {
      try {
        last = { text: await get(init), atMs: now() };
        return new Response(last.text);
      } catch (cause) {
        failedAtMs = now();
        if (last === null) throw unreachable(cause);
      }
    }
    if (last === null || now() >= last.atMs + STALE_MS) throw unreachable();
    return new Response(last.text);
  }

  return createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: REFRESH_MS,
    cooldownDuration: COOLDOWN_MS,
    [customFetch]: getOrKeep,
  });
}

function parseAddress(address: string): URL {
  const url = URL.parse(address);
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(url?.hostname ?? '');
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) {
    throw new HoldfastError('usage', `Cannot use ${address} for a token issuer: it is not https:`);
  }
  return url;
}

function unreachable(cause?: unknown): HoldfastError {
  const message = 'Cannot check a token: the keys of its issuer can not be had';
  return new HoldfastError('busy', message, cause === undefined ? {} : { cause });
}
