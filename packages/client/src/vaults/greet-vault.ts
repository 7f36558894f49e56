/** Asks a vault who it is. */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import {
  type Greeting,
  makeHello,
  openGreeting,
  vaultFingerprint,
} from '@holdfast/core/vault-protocol';
import { postToVault, type VaultHttpOptions } from './vault-http.ts';

export interface VaultGreeting extends Greeting {
  /** What people compare: 64 hex digits. */
  readonly fingerprint: string;
}

/**
 * Whether it is the vault that the person means, is for them to say by its fingerprint.
 *
 * @param url As `parseVaultUrl` gives it.
 * @throws {HoldfastError} `vaults-unreachable`; `vault-untrusted` when its answer is not signed by
 *   who it says it is.
 */
export async function greetVault(
  url: string,
  options: VaultHttpOptions & { readonly now?: () => number } = {},
): Promise<VaultGreeting> {
  const { now = Date.now } = options;
  const hello = makeHello(nodeCrypto);
  const posted = { path: 'hello', contentType: 'application/octet-stream', body: hello };
  const bytes = await postToVault(url, posted, options);
  const asked = { requestHash: nodeCrypto.sha256(hello), nowMs: now() };
  const greeting = await openGreeting(nodeCrypto, asked, bytes);
  return { ...greeting, fingerprint: await vaultFingerprint(nodeCrypto, greeting.identity) };
}
