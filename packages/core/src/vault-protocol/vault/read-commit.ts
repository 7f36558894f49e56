/** What a certificate, or other vaults' answers, show a vault (spec/vault-protocol.md §6.4, §6.7). */
import { equalBytes, toHex } from '../../bytes/index.ts';
import { parseRecoveryRecord } from '../../recovery-record/index.ts';
import {
  type CertifiedRecord,
  decodeAnswerBody,
  decodePasswordBody,
  isLiveIn,
  isProvedBy,
  parseCertificate,
  verifyAnswer,
} from '../messages/index.ts';
import type { Commit } from './committing.ts';
import type { VaultContext } from './decision.ts';
import type { Ledger } from './ledger.ts';
import { liveOf } from './record-states.ts';

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
  if (ours === undefined) return 'unknown';
  const live = liveOf(ledger);
  let isProved = false;
  if (live !== undefined && certificate.proofOf !== null) {
    const isOfLive = equalBytes(certificate.proofOf, live.hash);
    isProved = isOfLive && (await isProvedBy(crypto, certificateObject, live.proofPublicKey));
    if (isOfLive && !isProved) return 'not-proved';
  }
  return { recordId: ours.recordId, version: record.version, hash, proofPublicKey, isProved };
}

/** Whether answers of t different vaults of a record list it as live. */
export async function areReceipts(
  { crypto, readRecord }: VaultContext,
  recordHash: Uint8Array,
  answers: readonly Uint8Array[],
): Promise<boolean> {
  const kept = await readRecord(recordHash);
  if (kept === null) return false;
  const record = await parseRecoveryRecord(crypto, kept.record);
  const { vaults, t } = decodePasswordBody(record.body);
  const shown = new Set<string>();
  for (const answer of answers) {
    for (const { identity } of vaults) {
      const opened = shown.has(toHex(identity))
        ? null
        : await verifyAnswer(crypto, identity, answer);
      if (opened === null) continue;
      if (isLiveIn(decodeAnswerBody(opened.body).status, recordHash)) shown.add(toHex(identity));
    }
  }
  return shown.size >= t;
}
