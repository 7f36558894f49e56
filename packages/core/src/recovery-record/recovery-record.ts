/**
 * Recovery records: the public data of one recovery method (spec/backup-format.md §8).
 *
 *     offset  bytes
 *          0      8  "HFRECV" 00 01
 *          8      1  method: 0 key, 1 password, 2 passkey
 *          9      3  00 00 00
 *         12      4  version of this record, u32, 1 to 999,999
 *         16     32  backup id
 *         48     32  owner public key (Ed25519)
 *         80     32  SHA-256 of the record that this one replaces, or zeros
 *        112      4  length of the body, u32
 *        116      …  body, then zeros
 *      16320     64  Ed25519 signature by the owner key over "holdfast/v1/recovery-record" and
 *                    all bytes before
 *
 * Read before any key is at hand, so the parser is strict and bounded. The signature proves
 * nothing to who does not know the owner key yet: after opening, its holder compares.
 */
import { ByteReader, ByteWriter, concatBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import { Secret } from '../secret/index.ts';
import {
  assertObjectMagic,
  COMMITMENT_BYTES,
  ED25519_KEY_BYTES,
  HASH_BYTES,
  label,
  MAGIC_BYTES,
  objectMagic,
  SALT_BYTES,
  SIGNATURE_BYTES,
} from '../wire/index.ts';

const MAGIC = objectMagic('RECV');

/** Every recovery record has this length. */
export const RECOVERY_RECORD_BYTES = 16 * 1024;

const SIGNED_BYTES = RECOVERY_RECORD_BYTES - SIGNATURE_BYTES;
const BODY_OFFSET = 116;
/** Names of records have six digits. */
export const RECORD_VERSION_MAX = 999_999;
const METHODS = ['key', 'password', 'passkey'] as const;

export type RecoveryMethod = (typeof METHODS)[number];

export interface RecoveryRecord {
  readonly method: RecoveryMethod;
  readonly version: number;
  readonly backupId: Uint8Array;
  readonly ownerPublicKey: Uint8Array;
  /** SHA-256 of the record that this one replaces; 32 zeros for the first. */
  readonly previousHash: Uint8Array;
  readonly body: Uint8Array;
}

/** The record object, 16,384 bytes. */
export async function signRecoveryRecord(
  crypto: CryptoPort,
  ownerSeed: Secret,
  record: RecoveryRecord,
): Promise<Uint8Array> {
  if (record.version < 1 || record.version > RECORD_VERSION_MAX) {
    throw new RangeError(`"version" must be 1 to ${RECORD_VERSION_MAX}: got ${record.version}`);
  }
  const signed = new Uint8Array(SIGNED_BYTES);
  const writer = new ByteWriter(SIGNED_BYTES).raw(MAGIC).u8(METHODS.indexOf(record.method));
  writer.raw(new Uint8Array(3)).u32(record.version).raw(record.backupId);
  writer.raw(record.ownerPublicKey).raw(record.previousHash);
  signed.set(writer.u32(record.body.length).raw(record.body).finish());
  const message = concatBytes(label('recovery-record'), signed);
  return concatBytes(signed, await crypto.ed25519Sign(ownerSeed.bytes(), message));
}

/**
 * @throws {HoldfastError} `damaged` (also for a wrong signature); `format-too-new`, also for a method
 *   that is not known yet.
 */
export async function parseRecoveryRecord(
  crypto: CryptoPort,
  object: Uint8Array,
): Promise<RecoveryRecord> {
  assertObjectMagic(object, MAGIC, 'recovery record');
  if (object.length !== RECOVERY_RECORD_BYTES) {
    throw new HoldfastError('damaged', 'Cannot read a recovery record: its length is wrong');
  }
  const reader = new ByteReader(object.subarray(MAGIC_BYTES, SIGNED_BYTES), 'recovery record');
  const method = METHODS[reader.u8()];
  if (reader.raw(3).some((byte) => byte !== 0)) throw reader.damaged('its padding is not zero');
  const version = reader.u32();
  if (version === 0 || version > RECORD_VERSION_MAX)
    throw reader.damaged('its version is impossible');
  const backupId = reader.raw(HASH_BYTES).slice();
  const ownerPublicKey = reader.raw(ED25519_KEY_BYTES).slice();
  const previousHash = reader.raw(HASH_BYTES).slice();
  const bodyBytes = reader.u32();
  if (bodyBytes > SIGNED_BYTES - BODY_OFFSET) throw reader.damaged('its body is too long');
  const body = reader.raw(bodyBytes).slice();
  reader.zeros();
  const message = concatBytes(label('recovery-record'), object.subarray(0, SIGNED_BYTES));
  const signature = object.subarray(SIGNED_BYTES);
  if (!(await crypto.ed25519Verify(ownerPublicKey, message, signature))) {
    throw reader.damaged('its signature does not fit');
  }
  if (method === undefined) {
    const message = 'Cannot read a recovery record: its method is unknown to this version';
    throw new HoldfastError('format-too-new', message);
  }
  return { method, version, backupId, ownerPublicKey, previousHash, body };
}

/** Body of a `key` record: `32 bytes salt; 32 bytes commitment to the root key`. */
export async function encodeKeyRecordBody(
  crypto: CryptoPort,
  rootKey: Secret,
): Promise<Uint8Array> {
  const salt = crypto.randomBytes(SALT_BYTES);
  return concatBytes(salt, await deriveKeyCommitment(crypto, rootKey, salt));
}

/** A typed key that does not fit this is mistyped; one that fits and opens nothing met damage. */
async function deriveKeyCommitment(
  crypto: CryptoPort,
  rootKey: Secret,
  salt: Uint8Array,
): Promise<Uint8Array> {
  const info = label('key-commitment');
  return await crypto.hkdfSha256(rootKey.bytes(), salt, info, COMMITMENT_BYTES);
}

/** Whether a root key is the one that a `key` record commits to. @throws {HoldfastError} `damaged`. */
export async function fitsKeyRecord(
  crypto: CryptoPort,
  record: RecoveryRecord,
  rootKey: Secret,
): Promise<boolean> {
  const reader = new ByteReader(record.body, 'recovery record');
  const salt = reader.raw(SALT_BYTES);
  const commitment = new Secret(reader.raw(COMMITMENT_BYTES).slice());
  reader.end();
  return commitment.equals(new Secret(await deriveKeyCommitment(crypto, rootKey, salt)));
}
