/** What vaults, accounts and records are called (spec/vault-protocol.md §2.4, §9). */
import { ByteWriter, concatBytes, toHex } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import type { Secret } from '../secret/index.ts';
import { label } from '../wire/index.ts';

const ACCOUNT_SECRET_BYTES = 32;

/** Length of an account code, in bytes. */
export const ACCOUNT_CODE_BYTES = 16;

/**
 * What people compare: 64 hex digits.
 *
 * @param identity Ed25519 public key of a vault, 32 bytes.
 */
export async function vaultFingerprint(crypto: CryptoPort, identity: Uint8Array): Promise<string> {
  return toHex(await crypto.sha256(concatBytes(label('vault-identity'), identity)));
}

/** The id of a backup, 32 bytes, as spec/backup-format.md §2.2 says. */
export async function backupIdOf(
  crypto: CryptoPort,
  ownerPublicKey: Uint8Array,
): Promise<Uint8Array> {
  return await crypto.sha256(concatBytes(label('backup-id'), ownerPublicKey));
}

/** How a vault knows an account, 32 bytes. */
export async function accountOf(
  crypto: CryptoPort,
  issuer: string,
  subject: string,
): Promise<Uint8Array> {
  const utf8 = new TextEncoder();
  const issuerBytes = utf8.encode(issuer);
  const issuerLength = new ByteWriter(4).u32(issuerBytes.length).finish();
  const parts = [label('vault-account'), issuerLength, issuerBytes, utf8.encode(subject)];
  return await crypto.sha256(concatBytes(...parts));
}

/** The built-in issuer of a vault. @param fingerprint 64 hex digits. */
export function builtInIssuer(fingerprint: string): string {
  return `vault:${fingerprint}`;
}

/**
 * What the built-in issuer of one vault is shown of an account code: 32 bytes.
 *
 * @param accountCode 16 bytes.
 */
export async function accountSecret(
  crypto: CryptoPort,
  accountCode: Secret,
  identity: Uint8Array,
): Promise<Uint8Array> {
  const info = concatBytes(label('account'), identity);
  const salt = new Uint8Array(0);
  return await crypto.hkdfSha256(accountCode.bytes(), salt, info, ACCOUNT_SECRET_BYTES);
}

/** Subject of the built-in issuer's tokens: 64 hex digits. @param secret 32 bytes. */
export async function accountSubject(crypto: CryptoPort, secret: Uint8Array): Promise<string> {
  return toHex(await crypto.sha256(concatBytes(label('account-subject'), secret)));
}
