/** Whether a recovery record or its certificate is the account's own (spec/provider-api.md §5.1). */
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { parseRecoveryRecord } from '@holdfast/core/recovery-record';
import { parseCertificate } from '@holdfast/core/vault-protocol';
import type { Account } from '../metadata/index.ts';

/** @throws {HoldfastError} `damaged`, `format-too-new`. */
export async function judgeRecord(
  { backupId, ownerKey }: Account,
  name: string,
  object: Uint8Array,
): Promise<void> {
  const record = await parseRecoveryRecord(nodeCrypto, object);
  const isOurs =
    equalBytes(record.backupId, backupId) && equalBytes(record.ownerPublicKey, ownerKey);
  if (!isOurs || name !== `records/${record.method}-${digits(record.version)}`) {
    throw new HoldfastError('damaged', 'Cannot take a recovery record: it is of another place');
  }
}

/** @throws {HoldfastError} `damaged`, `format-too-new`. */
export async function judgeCommit(
  { backupId, ownerKey }: Account,
  name: string,
  object: Uint8Array,
): Promise<void> {
  const certificate = await parseCertificate(nodeCrypto, object, ownerKey);
  const isOurs = equalBytes(certificate.backupId, backupId);
  if (!isOurs || !name.endsWith(`-${digits(certificate.version)}`)) {
    throw new HoldfastError('damaged', 'Cannot take a commit certificate: it is of another place');
  }
}

function digits(version: number): string {
  return String(version).padStart(6, '0');
}
