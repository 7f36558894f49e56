/**
 * What vaults and store have of a person's passwords, before anything is spent
 * (spec/vault-protocol.md §12.2, steps 2 to 4).
 */
import { equalBytes, toHex } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { parseRecoveryRecord, RECOVERY_RECORD_BYTES } from '../../recovery-record/index.ts';
import {
  CERTIFICATE_BYTES,
  type CertifiedRecord,
  decodePasswordBody,
  evaluableIn,
  type LedgerStatus,
  type PasswordRecordBody,
  parseCertificate,
  type RecordFrame,
} from '../messages/index.ts';
import { backupIdOf } from '../names.ts';
import type { AskOptions, ClientContext, VaultClient } from './vault-client.ts';
import type { RecordShelf } from './vault-link.ts';

/** A vault that was asked how it stands. */
export interface AskedVault {
  readonly client: VaultClient;
  /** Null when it did not answer, for `failure`. */
  readonly status: LedgerStatus | null;
  readonly failure: unknown;
}

/** A password record that is what it should be, for this backup. */
export interface KnownRecord {
  readonly hash: Uint8Array;
  readonly frame: RecordFrame;
  readonly body: PasswordRecordBody;
  readonly object: Uint8Array;
  /** Null when neither store nor vaults have it. */
  readonly certificate: Uint8Array | null;
}

export interface Survey {
  readonly vaults: readonly AskedVault[];
  /** Greatest version first. */
  readonly records: readonly KnownRecord[];
}

/** How the client may ask for what it needs: with a token, or as the owner. */
export type Authority = Pick<AskOptions, 'seed' | 'scope'>;

/**
 * Asks all vaults, free of charge, and delivers certificates to those that still lack them.
 *
 * @param clients Of vaults that the person trusts.
 */
export async function surveyVaults(
  context: ClientContext,
  clients: readonly VaultClient[],
  shelf: RecordShelf,
  authority: Authority,
): Promise<Survey> {
  const ask = async (client: VaultClient): Promise<AskedVault> => {
    try {
      const { status } = await client.ask('status', {}, authority);
      return { client, status, failure: null };
    } catch (failure) {
      return { client, status: null, failure };
    }
  };
  let vaults = await Promise.all(clients.map(ask));
  const records = await findRecords(context, vaults, shelf, authority);
  vaults = await Promise.all(
    vaults.map(async (vault) =>
      (await deliverTo(vault, records, authority)) ? await ask(vault.client) : vault,
    ),
  );
  return { vaults, records };
}

/** Records whose password some of these vaults can check, with the vaults that can. */
export function evaluableRecords(
  { vaults, records }: Survey,
  minimumT: number,
): readonly { readonly record: KnownRecord; readonly vaults: readonly AskedVault[] }[] {
  return records.flatMap((record) => {
    const { t, vaults: named } = record.body;
    const able = vaults.filter(
      ({ client, status }) =>
        status !== null &&
        named.some(({ identity }) => equalBytes(identity, client.link.identity)) &&
        evaluableIn(status).some(({ hash }) => equalBytes(hash, record.hash)),
    );
    return t >= minimumT && able.length >= t ? [{ record, vaults: able }] : [];
  });
}

/** @returns Whether anything was delivered, so that the vault may stand otherwise now. */
async function deliverTo(
  { client, status }: AskedVault,
  records: readonly KnownRecord[],
  authority: Authority,
): Promise<boolean> {
  const isStaged = (record: KnownRecord): boolean =>
    record.body.vaults.some(({ identity, recordId }) => {
      if (!equalBytes(identity, client.link.identity)) return false;
      return status?.records.some(
        ({ id, state }) => state === 'staged' && equalBytes(id, recordId),
      );
    });
  const due = records.filter((record) => record.certificate !== null && isStaged(record));
  for (const { object, certificate } of due.toReversed()) {
    if (certificate === null) continue;
    try {
      await client.ask('commit', { record: object, certificate }, authority);
    } catch {
      // What this vault lacks then, it lacks; the survey says how it stands.
      return true;
    }
  }
  return due.length > 0;
}

async function findRecords(
  context: ClientContext,
  vaults: readonly AskedVault[],
  shelf: RecordShelf,
  authority: Authority,
): Promise<readonly KnownRecord[]> {
  const found = new Map<string, KnownRecord>();
  const add = async (object: Uint8Array | null, certificate: Uint8Array | null): Promise<void> => {
    const record = object === null ? null : await readRecord(context, object, certificate);
    if (record === null) return;
    const before = found.get(toHex(record.hash));
    if (before === undefined || before.certificate === null) found.set(toHex(record.hash), record);
  };
  for (const version of await shelf.listVersions()) {
    await add(await shelf.getRecord(version), await shelf.getCertificate(version));
  }
  await Promise.all(
    vaults.map(async ({ client, status }) => {
      for (const { hash, state } of status?.records ?? []) {
        const isKept = state === 'pending' || state === 'live' || state === 'old';
        if (!isKept || found.get(toHex(hash))?.certificate) continue;
        const kept = await fetchRecord(client, hash, authority);
        if (kept !== null) await add(kept.record, kept.certificate);
      }
    }),
  );
  return [...found.values()].toSorted((a, b) => b.frame.version - a.frame.version);
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
