/**
 * The commit certificate: what makes vaults take a new record (spec/vault-protocol.md §3.2).
 *
 *     offset  bytes
 *          0      8  "HFCOMM" 00 01
 *          8     32  backup id
 *         40      4  version of the record, u32
 *         44     32  SHA-256 of the record
 *         76     32  SHA-256 of the record whose proof key signed too; zeros when none did
 *        108     64  Ed25519 by the owner key over "holdfast/v1/commit" and bytes 0 … 107
 *        172     64  Ed25519 by that proof key over "holdfast/v1/commit-proof" and the same; or zeros
 */
import { ByteReader, ByteWriter, concatBytes } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import type { Secret } from '../../secret/index.ts';
import {
  assertObjectMagic,
  HASH_BYTES,
  label,
  MAGIC_BYTES,
  objectMagic,
  SIGNATURE_BYTES,
} from '../../wire/index.ts';

const MAGIC = objectMagic('COMM');
const SIGNED_BYTES = 108;

/** Every certificate has this length. */
export const CERTIFICATE_BYTES = SIGNED_BYTES + 2 * SIGNATURE_BYTES;

export interface CommitCertificate {
  readonly backupId: Uint8Array;
  readonly version: number;
  readonly recordHash: Uint8Array;
  /** Of the record whose proof key signed too, or null. */
  readonly proofOf: Uint8Array | null;
}

/** @param proofSeed Of the record that `proofOf` names; null exactly when that is. */
export async function signCertificate(
  crypto: CryptoPort,
  { backupId, version, recordHash, proofOf }: CommitCertificate,
  ownerSeed: Secret,
  proofSeed: Secret | null,
): Promise<Uint8Array> {
  if ((proofOf === null) !== (proofSeed === null)) {
    throw new TypeError('"proofSeed" must be given exactly when "proofOf" is');
  }
  const writer = new ByteWriter(SIGNED_BYTES).raw(MAGIC).raw(backupId).u32(version);
  const signed = writer
    .raw(recordHash)
    .raw(proofOf ?? new Uint8Array(HASH_BYTES))
    .finish();
  const ownerMessage = concatBytes(label('commit'), signed);
  const owner = await crypto.ed25519Sign(ownerSeed.bytes(), ownerMessage);
  const proof =
    proofSeed === null
      ? new Uint8Array(SIGNATURE_BYTES)
      : await crypto.ed25519Sign(proofSeed.bytes(), concatBytes(label('commit-proof'), signed));
  return concatBytes(signed, owner, proof);
}

/**
 * A certificate that the owner signed. Whether the proof's signature fits is asked apart, since the
 * key is known only where the record is that it names.
 *
 * @throws {HoldfastError} `damaged`, or `format-too-new`.
 */
export async function parseCertificate(
  crypto: CryptoPort,
  object: Uint8Array,
  ownerPublicKey: Uint8Array,
): Promise<CommitCertificate> {
  assertObjectMagic(object, MAGIC, 'commit certificate');
  const what = 'Cannot read a commit certificate';
  if (object.length !== CERTIFICATE_BYTES) {
    throw new HoldfastError('damaged', `${what}: its length is wrong`);
  }
  const signed = object.subarray(0, SIGNED_BYTES);
  const signature = object.subarray(SIGNED_BYTES, SIGNED_BYTES + SIGNATURE_BYTES);
  const message = concatBytes(label('commit'), signed);
  if (!(await crypto.ed25519Verify(ownerPublicKey, message, signature))) {
    throw new HoldfastError('damaged', `${what}: its signature does not fit`);
  }
  const reader = new ByteReader(signed.subarray(MAGIC_BYTES), 'commit certificate');
  const backupId = reader.raw(HASH_BYTES).slice();
  const version = reader.u32();
  const recordHash = reader.raw(HASH_BYTES).slice();
  const proofOf = reader.raw(HASH_BYTES).slice();
  const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
  const hasProof = !isZero(proofOf);
  if (!hasProof && !isZero(object.subarray(-SIGNATURE_BYTES))) {
    throw new HoldfastError('damaged', `${what}: it has a proof of no record`);
  }
  return { backupId, version, recordHash, proofOf: hasProof ? proofOf : null };
}

/**
 * Whether the certificate's second signature is by this proof key.
 *
 * @param object A certificate that `parseCertificate` takes, and whose `proofOf` is not null.
 */
export async function isProvedBy(
  crypto: CryptoPort,
  object: Uint8Array,
  proofPublicKey: Uint8Array,
): Promise<boolean> {
  const message = concatBytes(label('commit-proof'), object.subarray(0, SIGNED_BYTES));
  return await crypto.ed25519Verify(proofPublicKey, message, object.subarray(-SIGNATURE_BYTES));
}
