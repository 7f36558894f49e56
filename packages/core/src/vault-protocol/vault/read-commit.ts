/** What a certificate shows a vault (spec/vault-protocol.md §6.4). */
import { equalBytes } from '../../bytes/index.ts';
import { parseRecoveryRecord } from '../../recovery-record/index.ts';
import {
  type CertifiedRecord,
  decodePasswordBody,
  isProvedBy,
  parseCertificate,
} from '../messages/index.ts';
import type { Commit } from './committing.ts';
import type { VaultContext } from './decision.ts';
import type { Ledger } from './ledger.ts';
import { isEnded, liveOf } from './record-states.ts';

/**
 * A certificate of the ledger's owner, and its record.
 *
 * @returns What it commits to here, or why it can't.
 * @throws {HoldfastError} `damaged` or `format-too-new` of what the owner of this ledger didn't make.
 */
export async function readCommit(
  { crypto, identity }: VaultContext,
  ledger: Ledger,
  { record: object, certificate: certificateObject }: CertifiedRecord,
): Promise<Commit | 'unknown' | 'conflict' | 'not-proved'> {
  const record = await parseRecoveryRecord(crypto, object);
  const certificate = await parseCertificate(crypto, certificateObject, ledger.ownerPublicKey);
  const hash = await crypto.sha256(object);
  const isOfLedger =
    record.method === 'password' &&
    equalBytes(record.ownerPublicKey, ledger.ownerPublicKey) &&
    equalBytes(record.backupId, ledger.backupId) &&
    equalBytes(certificate.backupId, ledger.backupId) &&
    equalBytes(certificate.recordHash, hash) &&
    certificate.version === record.version;
  if (!isOfLedger) return 'conflict';
  const { vaults, proofPublicKey } = decodePasswordBody(record.body);
  const ours = vaults.find((vault) => equalBytes(vault.identity, identity));
  const staged = ledger.records.find(
    (other) => ours !== undefined && equalBytes(other.id, ours.recordId) && !isEnded(other),
  );
  if (staged === undefined) return 'unknown';
  const live = liveOf(ledger);
  let isProved = false;
  if (live !== undefined && certificate.proofOf !== null) {
    const isOfLive = equalBytes(certificate.proofOf, live.hash);
    isProved = isOfLive && (await isProvedBy(crypto, certificateObject, live.proofPublicKey));
    if (isOfLive && !isProved) return 'not-proved';
  }
  return { of: staged, version: record.version, hash, proofPublicKey, isProved };
}
