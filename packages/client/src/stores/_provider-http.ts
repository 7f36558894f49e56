/**
 * Requests to one provider over HTTP, and what its errors mean for a store (spec/provider-api.md §6,
 * spec/store-contract.md §6).
 */
import { type ErrorCode, HoldfastError } from '@holdfast/core/errors';

export interface ProviderHttpOptions {
  readonly fetch?: typeof fetch;
  /** For one request whose body or answer is an object; 600,000 by default. */
  readonly objectTimeoutMs?: number;
  /** For every other one; 30,000 by default. */
  readonly timeoutMs?: number;
}

export interface ProviderRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/v1/`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: object;
  /** Sent as it is. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** What this is for, as in `Cannot <action>: …`. */
  readonly action: string;
  readonly signal?: AbortSignal | undefined;
}

const OBJECT_TIMEOUT_MS = 600_000;
const TIMEOUT_MS = 30_000;
const JSON_MAX_BYTES = 1_000_000;

/** By code of the provider: ours, and the state that a message tells. */
const MEANINGS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  damaged: ['store-denied', 'the provider does not take it'],
  'format-too-new': ['store-denied', 'the provider does not know this version yet'],
  'invite-needed': ['invite-needed', 'the provider takes new backups by invite, or not at all'],
  'limit-exceeded': ['limit-exceeded', 'the provider keeps no more of these'],
  'not-authorised': ['not-authorised', 'the provider does not know this device'],
  'object-missing': ['object-missing', 'the provider does not have it'],
  'store-denied': ['store-denied', 'the provider does not allow it'],
  'store-full': ['store-full', 'the quota is used up, or the provider has no room'],
  'token-used': ['store-unreachable', 'the provider had it before'],
  'too-large': ['store-denied', 'the provider takes nothing that long'],
  'too-many-requests': ['store-unreachable', 'the provider is asked too often'],
};

export class ProviderHttp {
  readonly origin: string;
  readonly #options: ProviderHttpOptions;

  /** @param origin As `parseProviderOrigin` gives it. */
  constructor(origin: string, options: ProviderHttpOptions) {
    this.origin = origin;
    this.#options = options;
  }

  /**
   * @param read Takes the answer, its body included, when it is no error.
   * @throws {HoldfastError} as the answer claims; `store-unreachable`, `cancelled`.
   */
  async send<Result>(
    request: ProviderRequest,
    read: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    const { method, path, json, bytes, token, action, signal } = request;
    const { timeoutMs = TIMEOUT_MS, objectTimeoutMs = OBJECT_TIMEOUT_MS } = this.#options;
    const isObject = path.startsWith('objects/');
    const limit = AbortSignal.timeout(isObject ? objectTimeoutMs : timeoutMs);
    const headers = new Headers(request.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    if (json !== undefined) headers.set('content-type', 'application/json');
    const body = bytes ?? (json === undefined ? null : JSON.stringify(json));
    try {
      const response = await (this.#options.fetch ?? fetch)(`${this.origin}/v1/${path}`, {
        ...{ method, headers, body, redirect: 'error' },
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      if (!response.ok && response.status !== RANGE_NOT_SATISFIABLE) {
        throw claimedError(action, response.status, await readJson(response).catch(() => null));
      }
      return await read(response);
    } catch (cause) {
      if (cause instanceof HoldfastError) throw cause;
      if (signal?.aborted) {
        throw new HoldfastError('cancelled', `Cannot ${action}: cancelled`, { cause });
      }
      const state = limit.aborted ? 'no answer came in time' : 'there is no way there';
      throw unreachable(action, `${state} (${this.origin})`, cause);
    }
  }

  /** The same for an answer in JSON: an object, of which nothing is known. */
  async sendForJson(request: ProviderRequest): Promise<Readonly<Record<string, unknown>>> {
    const value = await this.send(request, readJson);
    if (typeof value === 'object' && value !== null) return { ...value };
    throw unreachable(request.action, 'it does not answer as a provider');
  }
}

export const RANGE_NOT_SATISFIABLE = 416;

export function unreachable(action: string, state: string, cause?: unknown): HoldfastError {
  const message = `Cannot ${action}: ${state}`;
  return new HoldfastError('store-unreachable', message, cause === undefined ? {} : { cause });
}

function claimedError(action: string, status: number, value: unknown): HoldfastError {
  const claimed = typeof value === 'object' && value !== null && 'code' in value ? value.code : '';
  const [code, state] = MEANINGS[String(claimed)] ?? [
    'store-unreachable',
    `the provider answers with HTTP status ${status}`,
  ];
  return new HoldfastError(code, `Cannot ${action}: ${state}`);
}

/** No more of it than a provider answers. */
export async function readJson({ body }: Response): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    length += piece.length;
    if (length > JSON_MAX_BYTES) throw new RangeError('The answer is too long');
    pieces.push(piece);
  }
  return JSON.parse(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).text());
}
