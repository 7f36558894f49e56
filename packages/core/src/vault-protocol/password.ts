/** From a typed password to what goes through the vaults' function (spec/vault-protocol.md §2.2). */
import type { Argon2idParameters, CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import { Secret } from '../secret/index.ts';
import { ARGON2ID_LIMITS, PASSWORD_MAX_BYTES } from './limits.ts';

/** What a new password is stretched with. */
export const ARGON2ID_DEFAULT: Argon2idParameters = {
  memoryKib: ARGON2ID_LIMITS.memoryKib.min,
  passes: ARGON2ID_LIMITS.passes.min,
  lanes: ARGON2ID_LIMITS.lanes.min,
};

/**
 * Argon2id of a password after NFKC: 32 bytes.
 *
 * @param salt 16 bytes.
 * @throws {HoldfastError} `usage` when the password is empty, or longer than 1,024 bytes.
 */
export async function stretchPassword(
  crypto: CryptoPort,
  password: string,
  salt: Uint8Array,
  parameters: Argon2idParameters,
): Promise<Secret> {
  const bytes = new TextEncoder().encode(password.normalize('NFKC'));
  if (bytes.length === 0) throw new HoldfastError('usage', 'Cannot use the password: it is empty');
  if (bytes.length > PASSWORD_MAX_BYTES) {
    const state = `it has more than ${PASSWORD_MAX_BYTES} bytes`;
    throw new HoldfastError('usage', `Cannot use the password: ${state}`);
  }
  try {
    return new Secret(await crypto.argon2id(bytes, salt, parameters));
  } finally {
    bytes.fill(0);
  }
}
