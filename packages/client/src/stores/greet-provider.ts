/** What a provider says of itself to everybody (spec/provider-api.md §6). */
import { HoldfastError } from '@holdfast/core/errors';
import { parseProviderOrigin } from '@holdfast/core/provider-api';
import { ProviderHttp, type ProviderHttpOptions, unreachable } from './_provider-http.ts';

export interface ProviderGreeting {
  /** Whom it takes: anybody, who has an invite, or nobody new. */
  readonly signUp: 'open' | 'invite' | 'closed';
}

const MODES = ['open', 'invite', 'closed'] as const;

/**
 * @param url Of its store.
 * @throws {HoldfastError} `store-unreachable`; `store-invalid` when it is called otherwise, and would take no
 *   signature that is made for this address.
 */
export async function greetProvider(
  url: string,
  options: ProviderHttpOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<ProviderGreeting> {
  const origin = parseProviderOrigin(url);
  return await readGreeting(new ProviderHttp(origin, options), options.signal);
}

/** The same over requests that are set up already. */
export async function readGreeting(
  http: ProviderHttp,
  signal: AbortSignal | undefined,
): Promise<ProviderGreeting> {
  const action = `use ${http.origin} as a store`;
  const asked = { method: 'GET', path: 'provider', action, signal } as const;
  const { url, signUp } = await http.sendForJson(asked);
  const mode = MODES.find((name) => name === signUp);
  if (mode === undefined || typeof url !== 'string' || !URL.canParse(url)) {
    throw unreachable(action, 'it does not answer as a provider');
  }
  if (url === http.origin) return { signUp: mode };
  const message = `Cannot ${action}: the provider there says that it is ${new URL(url).origin}`;
  throw new HoldfastError('store-invalid', message);
}
