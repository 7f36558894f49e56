/** What a client sends the built-in issuer (spec/vault-protocol.md §9), strictly. */
import { fromHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { TOKEN_SCOPES, type TokenScope } from '../authorisation/index.ts';

/** Longest such request. */
export const TOKEN_REQUEST_MAX_BYTES = 1024;

export interface TokenRequest {
  /** Of the account at this vault, 32 bytes. */
  readonly secret: Uint8Array;
  readonly scope: TokenScope;
}

/** @throws {HoldfastError} `damaged` for what is not exactly that; never says what was sent. */
export function parseTokenRequest(bytes: Uint8Array): TokenRequest {
  const value = parseJson(bytes);
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 2) {
    const { secret, scope } = value as Record<string, unknown>;
    const known = TOKEN_SCOPES.find((name) => name === scope);
    if (typeof secret === 'string' && /^[0-9a-f]{64}$/i.test(secret) && known !== undefined) {
      return { secret: fromHex(secret), scope: known };
    }
  }
  throw malformed();
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The cause would show a part of the secret.
    throw malformed();
  }
}

function malformed(): HoldfastError {
  return new HoldfastError('damaged', 'Cannot read a request for a token: it is malformed');
}
