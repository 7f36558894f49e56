/** The provider's share of an account code (spec/provider-api.md §3.4). */
import { concatBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import type { Secret } from '../secret/index.ts';
import { HASH_BYTES, label } from '../wire/index.ts';

const ACCOUNT_CODE_BYTES = 16;
const SECRET_BYTES = 32;

/**
 * What one provider is shown of an account code: 32 bytes.
 *
 * @param accountCode 16 bytes.
 * @param recipient As `providerRecipient` gives it, 32 bytes.
 */
export async function recoverySecret(
  crypto: CryptoPort,
  accountCode: Secret,
  recipient: Uint8Array,
): Promise<Uint8Array> {
  if (accountCode.lengthBytes !== ACCOUNT_CODE_BYTES) {
    throw new RangeError(
      `"accountCode" must be ${ACCOUNT_CODE_BYTES} bytes: got ${accountCode.lengthBytes}`,
    );
  }
  if (recipient.length !== HASH_BYTES) {
    throw new RangeError(`"recipient" must be ${HASH_BYTES} bytes: got ${recipient.length}`);
  }
  const info = concatBytes(label('provider-account'), recipient);
  return await crypto.hkdfSha256(accountCode.bytes(), new Uint8Array(0), info, SECRET_BYTES);
}

/** What the provider keeps to know that secret by: 32 bytes. */
export async function recoverySubject(crypto: CryptoPort, secret: Uint8Array): Promise<Uint8Array> {
  return await crypto.sha256(concatBytes(label('provider-account-subject'), secret));
}
