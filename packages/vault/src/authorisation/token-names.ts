/** The hashes that stand for what a token says: account (spec/vault-protocol.md §2.4) and token. */
import { createHash } from 'node:crypto';
import { concatBytes, toHex } from '@holdfast/core/bytes';
import { label } from '@holdfast/core/wire';

/** An account is an issuer's: 32 bytes. */
export function accountOf(issuer: string, subject: string): Uint8Array {
  return nameOf('vault-account', issuer, subject);
}

/** By which a used token is remembered: 32 bytes. */
export function tokenHashOf(issuer: string, tokenId: string): Uint8Array {
  return nameOf('vault-token', issuer, tokenId);
}

/** What people compare, and a token's audience (§2.4, §6.1): 64 lower-case hex digits. */
export function fingerprintOf(identity: Uint8Array): string {
  return toHex(sha256(concatBytes(label('vault-identity'), identity)));
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

function nameOf(purpose: string, issuer: string, text: string): Uint8Array {
  const issuerBytes = new TextEncoder().encode(issuer);
  const lengthBytes = new Uint8Array(4);
  new DataView(lengthBytes.buffer).setUint32(0, issuerBytes.length);
  const textBytes = new TextEncoder().encode(text);
  return sha256(concatBytes(label(purpose), lengthBytes, issuerBytes, textBytes));
}
