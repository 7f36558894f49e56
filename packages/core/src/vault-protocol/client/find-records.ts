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

/**
 * Looks for what vaults list: in the store by its version, else at the vault itself. So nobody who writes to the
 * store hides a record among others.
 */
export class RecordFinder {
  readonly #context: ClientContext;
  readonly #shelf: RecordShelf;
  readonly #byHash = new Map<string, KnownRecord>();
  /** Versions that were looked for in the store. */
  readonly #looked = new Map<number, Promise<void>>();

  constructor(context: ClientContext, shelf: RecordShelf) {
    this.#context = context;
    this.#shelf = shelf;
  }

  /** Greatest version first. */
  get records(): readonly KnownRecord[] {
    return [...this.#byHash.values()].toSorted((a, b) => b.frame.version - a.frame.version);
  }

  /** @throws what the shelf throws. */
  async findListed(
    client: VaultClient,
    { records }: LedgerStatus,
    authority: Authority,
  ): Promise<void> {
    for (const { version, hash, state } of records) {
      if (state === 'destroyed' || state === 'removed') continue;
      await this.#findInStore(version);
      if (state === 'staged' || this.#byHash.get(toHex(hash))?.certificate) continue;
      const kept = await fetchRecord(client, hash, authority);
      if (kept !== null) await this.#add(kept.record, kept.certificate);
    }
  }

  async #findInStore(version: number): Promise<void> {
    const looking = this.#looked.get(version) ?? this.#look(version);
    this.#looked.set(version, looking);
    await looking;
  }

  async #look(version: number): Promise<void> {
    const object = await this.#shelf.getRecord(version);
    if (object !== null) await this.#add(object, await this.#shelf.getCertificate(version));
  }

  async #add(object: Uint8Array, certificate: Uint8Array | null): Promise<void> {
    const record = await readRecord(this.#context, object, certificate);
    if (record === null) return;
    const hash = toHex(record.hash);
    if (!this.#byHash.get(hash)?.certificate) this.#byHash.set(hash, record);
  }
}

/** Most versions that are read without a vault's word for them: a store can make up any number. */
const VERSIONS_MAX = 64;

/** Identities of all vaults that records in the store name; those of many versions may be left out. */
export async function findNamedVaults(
  context: ClientContext,
  shelf: RecordShelf,
): Promise<readonly Uint8Array[]> {
  const versions = (await shelf.listVersions()).toSorted((a, b) => b - a).slice(0, VERSIONS_MAX);
  const named = new Map<string, Uint8Array>();
  for (const version of versions) {
    const object = await shelf.getRecord(version);
    const record = object === null ? null : await readRecord(context, object, null);
    for (const { identity } of record?.body.vaults ?? []) named.set(toHex(identity), identity);
  }
  return [...named.values()];
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
  { crypto, backupId, laterOwners = [] }: ClientContext,
  object: Uint8Array,
  certificateObject: Uint8Array | null,
): Promise<KnownRecord | null> {
  try {
    const { method, body, ...frame } = await parseRecoveryRecord(crypto, object);
    const isOurs =
      method === 'password' &&
      equalBytes(frame.backupId, backupId) &&
      (equalBytes(await backupIdOf(crypto, frame.ownerPublicKey), backupId) ||
        laterOwners.some((owner) => equalBytes(owner, frame.ownerPublicKey)));
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
