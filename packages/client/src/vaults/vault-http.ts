/**
 * Requests to one vault over HTTP (spec/vault-protocol.md §5, §9, §10). What comes back is only bytes
 * here: that they are the vault's is for its signature to show.
 */
import { HoldfastError } from '@holdfast/core/errors';

export interface VaultHttpOptions {
  readonly fetch?: typeof fetch;
  /** For one request; 30,000 by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Posted {
  readonly path: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly token?: string;
}

const TIMEOUT_MS = 30_000;
/** Longest answer that is read: a hundred entries of a log, and what comes with them. */
const ANSWER_MAX_BYTES = 64 * 1024;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The address of a vault, without a slash at its end.
 *
 * @throws {HoldfastError} `usage` for what is none; also for one without TLS that is not on this
 *   machine, since whoever listens would get tokens, and could spend guesses. Of an address with a password in
 *   it, the message repeats nothing.
 */
export function parseVaultUrl(text: string): string {
  const url = URL.parse(text);
  if (/[@?#]/.test(text)) {
    throw unusable('this address', 'it holds more than host, port and path: leave out @, ? and #');
  }
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    const meant = text.includes('://') ? null : URL.parse(`https://${text}`);
    if (meant !== null && LOOPBACK.has(meant.hostname)) meant.protocol = 'http:';
    const isHost = meant !== null && (LOOPBACK.has(meant.hostname) || meant.host.includes('.'));
    throw unusable(text, `it is no https address${isHost ? `, such as ${withoutEnd(meant)}` : ''}`);
  }
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    const meant = `https:${url.href.slice(url.protocol.length)}`;
    const state = `http is for vaults on this machine, others need https, such as ${meant.replace(/\/+$/, '')}`;
    throw unusable(text, state);
  }
  return withoutEnd(url);
}

function withoutEnd({ href }: URL): string {
  return href.replace(/\/+$/, '');
}

function unusable(what: string, state: string): HoldfastError {
  return new HoldfastError('usage', `Cannot use ${what} as a vault: ${state}`);
}

/**
 * @param url As `parseVaultUrl` gives it.
 * @throws {HoldfastError} `vaults-unreachable`; `not-authorised` or `token-used` as the answer claims.
 */
export async function postToVault(
  url: string,
  { path, contentType, body, token }: Posted,
  options: VaultHttpOptions,
): Promise<Uint8Array> {
  const { timeoutMs = TIMEOUT_MS, signal } = options;
  const send = options.fetch ?? fetch;
  const limit = AbortSignal.timeout(timeoutMs);
  const headers = new Headers({ 'content-type': contentType });
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await send(`${url}/v1/${path}`, {
      method: 'POST',
      headers,
      body: Uint8Array.from(body),
      redirect: 'error',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    bytes = await readAtMost(response, ANSWER_MAX_BYTES);
  } catch (cause) {
    if (signal?.aborted) throw new HoldfastError('cancelled', 'Cannot go on: it was stopped');
    const state = limit.aborted ? 'no answer came in time' : 'there is no way there';
    throw new HoldfastError('vaults-unreachable', `Cannot reach the vault at ${url}: ${state}`, {
      cause,
    });
  }
  if (response.ok) return bytes;
  throw claimedError(url, response.status, bytes);
}

async function readAtMost({ body }: Response, most: number): Promise<Uint8Array> {
  const whole = new Uint8Array(most);
  let length = 0;
  for await (const part of body ?? []) {
    if (length + part.length > most) throw new RangeError('The answer is too long');
    whole.set(part, length);
    length += part.length;
  }
  return whole.slice(0, length);
}

/** Errors are not signed, so they are claims: nothing is decided by them but what to tell. */
function claimedError(url: string, status: number, bytes: Uint8Array): HoldfastError {
  const code = codeIn(bytes);
  const claim = code === null ? `HTTP status ${status}` : `"${code}"`;
  const message = `Cannot use the vault at ${url}: it answers with ${claim}`;
  const known = code === 'not-authorised' || code === 'token-used' ? code : 'vaults-unreachable';
  return new HoldfastError(known, message);
}

function codeIn(bytes: Uint8Array): string | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value !== 'object' || value === null || !('code' in value)) return null;
    const { code } = value;
    return typeof code === 'string' && /^[a-z-]{1,40}$/.test(code) ? code : null;
  } catch {
    // No JSON: the status has to do.
    return null;
  }
}
