/** A vault that the person trusts, over HTTP, with tokens of its own issuer (spec/vault-protocol.md §9). */
import { toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import {
  accountOf,
  accountSecret,
  accountSubject,
  builtInIssuer,
  type TokenScope,
  type VaultLink,
  vaultFingerprint,
} from '@holdfast/core/vault-protocol';
import { postToVault, type VaultHttpOptions } from './vault-http.ts';

export interface TrustedVault {
  /** As `parseVaultUrl` gives it. */
  readonly url: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
}

/**
 * For one run: it gets a token when one is first needed, and keeps it until a guess is answered with it. So who
 * was told by token how a vault stands has the token that a guess there takes.
 *
 * @param accountCode 16 bytes; null on a device that is to get no tokens.
 */
export function makeVaultLink(
  vault: TrustedVault,
  accountCode: Secret | null,
  options: VaultHttpOptions = {},
): VaultLink {
  const tokens = new Map<TokenScope, string>();
  const tokenFor = async (scope: TokenScope): Promise<string> => {
    const token = tokens.get(scope) ?? (await getToken(vault, accountCode, scope, options));
    tokens.set(scope, token);
    return token;
  };
  return {
    identity: vault.identity,
    name: vault.url,
    async account() {
      if (accountCode === null) return null;
      const secret = await accountSecret(nodeCrypto, accountCode, vault.identity);
      const subject = await accountSubject(nodeCrypto, secret);
      secret.fill(0);
      const issuer = builtInIssuer(await vaultFingerprint(nodeCrypto, vault.identity));
      return await accountOf(nodeCrypto, issuer, subject);
    },
    async send(kind, body, scope) {
      const token = scope === null ? {} : { token: await tokenFor(scope) };
      const contentType = 'application/octet-stream';
      const posted = { path: kind, contentType, body, ...token };
      const answer = await postToVault(vault.url, posted, options);
      if (kind === 'guess') tokens.delete('guess');
      return answer;
    },
  };
}

async function getToken(
  { url, identity }: TrustedVault,
  accountCode: Secret | null,
  scope: TokenScope,
  options: VaultHttpOptions,
): Promise<string> {
  if (accountCode === null) throw new TypeError('"accountCode" must be there to get a token');
  const secret = await accountSecret(nodeCrypto, accountCode, identity);
  const body = new TextEncoder().encode(JSON.stringify({ secret: toHex(secret), scope }));
  secret.fill(0);
  const posted = { path: 'token', contentType: 'application/json', body };
  const answer = await postToVault(url, posted, options);
  const token = readToken(answer);
  if (token === null) {
    const state = 'it gives no token';
    throw new HoldfastError('vaults-unreachable', `Cannot use the vault at ${url}: ${state}`);
  }
  return token;
}

function readToken(answer: Uint8Array): string | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(answer));
    if (typeof value !== 'object' || value === null || !('token' in value)) return null;
    const { token } = value;
    return typeof token === 'string' && /^[\w.-]{1,4096}$/.test(token) ? token : null;
  } catch {
    // Something else answers there.
    return null;
  }
}
