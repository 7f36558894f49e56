/**
 * The password records of a backup, from its store and its vaults, with their certificates: such as are what
 * they should be (spec/vault-protocol.md §3, §12.2, steps 1 and 4).
 */
import { equalBytes, toHex } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { parseRecoveryRecord, RECOVERY_RECORD_BYTES } from '../../recovery-record/index.ts';
import {
  CERTIFICATE_BYTES,
  type CertifiedRecord,
  decodePasswordBody,
  type LedgerStatus,
  type PasswordRecordBody,
  parseCertificate,
  type RecordFrame,
} from '../messages/index.ts';
import { backupIdOf } from '../names.ts';
import type { AskOptions, ClientContext, VaultClient } from './vault-client.ts';
import type { RecordShelf } from './vault-link.ts';

/** A password record that is what it should be, for this backup. */
export interface KnownRecord {
  readonly hash: Uint8Array;
  readonly frame: RecordFrame;
  readonly body: PasswordRecordBody;
  readonly object: Uint8Array;
  /** Null when neither store nor vaults have it. */
  readonly certificate: Uint8Array | null;
}

/** How the client may ask for what it needs: with a token, or as the owner. */
export type Authority = Pick<AskOptions, 'seed' | 'scope'>;

/** Each record once; one with a certificate before one without. */
export class FoundRecords {
  readonly #byHash = new Map<string, KnownRecord>();

  add(record: KnownRecord): void {
    const hash = toHex(record.hash);
    if (!this.#byHash.get(hash)?.certificate) this.#byHash.set(hash, record);
  }

  isCertified(hash: Uint8Array): boolean {
    return Boolean(this.#byHash.get(toHex(hash))?.certificate);
  }

  /** Greatest version first. */
  all(): readonly KnownRecord[] {
    return [...this.#byHash.values()].toSorted((a, b) => b.frame.version - a.frame.version);
  }
}

export async function findInStore(
  context: ClientContext,
  shelf: RecordShelf,
): Promise<FoundRecords> {
  const found = new FoundRecords();
  for (const version of await shelf.listVersions()) {
    const object = await shelf.getRecord(version);
    if (object === null) continue;
    const record = await readRecord(context, object, await shelf.getCertificate(version));
    if (record !== null) found.add(record);
  }
  return found;
}

/** Adds what this vault has and the store lacks. */
export async function findAtVault(
  context: ClientContext,
  { client, status }: { readonly client: VaultClient; readonly status: LedgerStatus | null },
  authority: Authority,
  found: FoundRecords,
): Promise<void> {
  for (const { hash, state } of status?.records ?? []) {
    const isKept = state === 'pending' || state === 'live' || state === 'old';
    if (!isKept || found.isCertified(hash)) continue;
    const kept = await fetchRecord(client, hash, authority);
    const record = kept === null ? null : await readRecord(context, kept.record, kept.certificate);
    if (record !== null) found.add(record);
  }
}

async function fetchRecord(
  client: VaultClient,
  recordHash: Uint8Array,
  authority: Authority,
): Promise<CertifiedRecord | null> {
  try {
    const { outcome, rest } = await client.ask('record', { recordHash }, authority);
    if (outcome !== 'done' || rest.length !== RECOVERY_RECORD_BYTES + CERTIFICATE_BYTES)
      return null;
    const record = rest.slice(0, RECOVERY_RECORD_BYTES);
    return { record, certificate: rest.slice(RECOVERY_RECORD_BYTES) };
  } catch {
    // Another vault, or the store, may have it.
    return null;
  }
}

/** Null for what is damaged, of another backup, or of no password. */
async function readRecord(
  { crypto, backupId }: ClientContext,
  object: Uint8Array,
  certificateObject: Uint8Array | null,
): Promise<KnownRecord | null> {
  try {
    const { method, body, ...frame } = await parseRecoveryRecord(crypto, object);
    const isOurs =
      method === 'password' &&
      equalBytes(frame.backupId, backupId) &&
      equalBytes(await backupIdOf(crypto, frame.ownerPublicKey), backupId);
    if (!isOurs) return null;
    const hash = await crypto.sha256(object);
    const fits = await isCertified(crypto, frame, hash, certificateObject);
    const certificate = fits ? certificateObject : null;
    return { hash, frame, body: decodePasswordBody(body), object, certificate };
  } catch (error) {
    if (error instanceof HoldfastError) return null;
    throw error;
  }
}

async function isCertified(
  crypto: CryptoPort,
  { version, backupId, ownerPublicKey }: RecordFrame,
  hash: Uint8Array,
  object: Uint8Array | null,
): Promise<boolean> {
  if (object === null) return false;
  try {
    const certificate = await parseCertificate(crypto, object, ownerPublicKey);
    return (
      certificate.version === version &&
      equalBytes(certificate.recordHash, hash) &&
      equalBytes(certificate.backupId, backupId)
    );
  } catch (error) {
    if (error instanceof HoldfastError) return false;
    throw error;
  }
}
