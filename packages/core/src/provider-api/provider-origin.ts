/** What a provider is called (spec/provider-api.md §1.3): the origin of its store URL, and what is signed for it. */
import { concatBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import { label } from '../wire/index.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The origin that a store URL of a provider stands for: in lower case, without a slash at its end.
 *
 * @throws {HoldfastError} `store-invalid` for what is none; also for one without TLS that is not on this
 *   machine. Of an address with a password in it, the message repeats nothing.
 */
export function parseProviderOrigin(text: string): string {
  const url = URL.parse(text);
  if (/[@?#]/.test(text)) {
    throw unusable('it holds more than host and port: leave out @, ? and #');
  }
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw unusable('it is no https address');
  }
  if (url.pathname !== '/') throw unusable(`it has a path, and a provider has none: ${url.origin}`);
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    throw unusable('http is for a provider on this machine, others need https');
  }
  return url.origin;
}

/** Who a client signs for, 32 bytes. @param origin As `parseProviderOrigin` gives it. */
export async function providerRecipient(crypto: CryptoPort, origin: string): Promise<Uint8Array> {
  return await crypto.sha256(concatBytes(label('provider'), new TextEncoder().encode(origin)));
}

function unusable(state: string): HoldfastError {
  return new HoldfastError('store-invalid', `Cannot use this address as a provider: ${state}`);
}
