/**
 * The body of a `password` recovery record (spec/vault-protocol.md §3).
 *
 *     offset  bytes
 *          0     16  salt of the password
 *         16      4  Argon2id: memory in KiB, u32
 *         20      2  Argon2id: passes, lanes
 *         22      2  t, n
 *         24     32  proof public key, Ed25519
 *         56  n×81   vaults: identity 32, record id 16, place 1, masked share 32
 *          …    112  sealed box of the root key
 *
 * Read before any key is at hand, so the parser is strict and bounded. The box opens only in the
 * record that it was made for.
 */
import { ByteReader, ByteWriter, concatBytes, toHex } from '../../bytes/index.ts';
import type { Argon2idParameters, CryptoPort } from '../../crypto/index.ts';
import type { RecoveryRecord } from '../../recovery-record/index.ts';
import { Secret } from '../../secret/index.ts';
import {
  BOX_OVERHEAD_BYTES,
  ED25519_KEY_BYTES,
  KEY_BYTES,
  label,
  openBox,
  sealBox,
} from '../../wire/index.ts';
import {
  ARGON2ID_LIMITS,
  ID_BYTES,
  PASSWORD_SALT_BYTES,
  SHARE_BYTES,
  VAULTS_MAX,
} from '../limits.ts';

const BOX_BYTES = KEY_BYTES + BOX_OVERHEAD_BYTES;

export interface RecordVault {
  /** Ed25519 public key of the vault, 32 bytes. */
  readonly identity: Uint8Array;
  readonly recordId: Uint8Array;
  /** Of its share. */
  readonly place: number;
  readonly maskedShare: Uint8Array;
}

/** What a password record says in clear. */
export interface PasswordMethod {
  readonly salt: Uint8Array;
  readonly argon2id: Argon2idParameters;
  /** How many vaults suffice. */
  readonly t: number;
  readonly proofPublicKey: Uint8Array;
  readonly vaults: readonly RecordVault[];
}

export interface PasswordRecordBody extends PasswordMethod {
  readonly sealedKey: Uint8Array;
}

/** Everything of a recovery record but its body. */
export type RecordFrame = Omit<RecoveryRecord, 'body' | 'method'>;

/**
 * @param secret The shared secret s, 32 bytes.
 * @param rootKey Sealed under it.
 */
export async function encodePasswordBody(
  crypto: CryptoPort,
  frame: RecordFrame,
  method: PasswordMethod,
  secret: Secret,
  rootKey: Secret,
): Promise<Uint8Array> {
  const clear = encodeMethod(method);
  const context = await boxContext(crypto, frame, clear);
  const box = await sealBox(crypto, secret.bytes(), 'password-seal', context, rootKey.bytes());
  return concatBytes(clear, box);
}

/** @throws {HoldfastError} `damaged`, also for parameters that are weaker than any writer's. */
export function decodePasswordBody(body: Uint8Array): PasswordRecordBody {
  const reader = new ByteReader(body, 'password record');
  const salt = reader.raw(PASSWORD_SALT_BYTES).slice();
  const argon2id = { memoryKib: reader.u32(), passes: reader.u8(), lanes: reader.u8() };
  for (const [name, { min, max }] of Object.entries(ARGON2ID_LIMITS)) {
    const value = argon2id[name as keyof Argon2idParameters];
    if (value < min || value > max) throw reader.damaged('its parameters are out of range');
  }
  const t = reader.u8();
  const n = reader.u8();
  if (t < 1 || t > n || n > VAULTS_MAX) throw reader.damaged('its threshold is impossible');
  const proofPublicKey = reader.raw(ED25519_KEY_BYTES).slice();
  const vaults = Array.from({ length: n }, (): RecordVault => {
    return {
      identity: reader.raw(ED25519_KEY_BYTES).slice(),
      recordId: reader.raw(ID_BYTES).slice(),
      place: reader.u8(),
      maskedShare: reader.raw(SHARE_BYTES).slice(),
    };
  });
  if (new Set(vaults.map(({ identity }) => toHex(identity))).size < n) {
    throw reader.damaged('it names a vault twice');
  }
  const places = new Set(vaults.map(({ place }) => place));
  if (places.size < n || places.has(0)) throw reader.damaged('places of its shares are impossible');
  const sealedKey = reader.raw(BOX_BYTES).slice();
  reader.end();
  return { salt, argon2id, t, proofPublicKey, vaults, sealedKey };
}

/** @returns The root key, or null when the secret or anything of the record is not the right one. */
export async function openPasswordBody(
  crypto: CryptoPort,
  frame: RecordFrame,
  body: PasswordRecordBody,
  secret: Secret,
): Promise<Secret | null> {
  const context = await boxContext(crypto, frame, encodeMethod(body));
  const key = await openBox(crypto, secret.bytes(), 'password-seal', context, body.sealedKey);
  return key === null ? null : new Secret(key);
}

/** Ed25519 seed of the key that proves a recovery, 32 bytes. */
export async function deriveProofSeed(crypto: CryptoPort, secret: Secret): Promise<Secret> {
  const info = label('password-proof');
  return new Secret(await crypto.hkdfSha256(secret.bytes(), new Uint8Array(0), info, KEY_BYTES));
}

function encodeMethod({ salt, argon2id, t, proofPublicKey, vaults }: PasswordMethod): Uint8Array {
  const writer = new ByteWriter(1024).raw(salt).u32(argon2id.memoryKib);
  writer.u8(argon2id.passes).u8(argon2id.lanes).u8(t).u8(vaults.length).raw(proofPublicKey);
  for (const vault of vaults) {
    writer.raw(vault.identity).raw(vault.recordId).u8(vault.place);
    writer.raw(vault.maskedShare);
  }
  return writer.finish();
}

/** Of one length, however many vaults there are: it can't be shifted against the box's salt. */
async function boxContext(
  crypto: CryptoPort,
  { version, backupId, ownerPublicKey, previousHash }: RecordFrame,
  clear: Uint8Array,
): Promise<Uint8Array> {
  const writer = new ByteWriter(1024).raw(label('password-record')).u32(version);
  writer.raw(backupId).raw(ownerPublicKey).raw(previousHash).raw(clear);
  return await crypto.sha256(writer.finish());
}
