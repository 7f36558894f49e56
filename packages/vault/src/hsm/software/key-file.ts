/**
 * The file of a software HSM: its keys, sealed by a passphrase or by a second file
 * (spec/vault-protocol.md §11).
 *
 *     0   8  magic `HFHSMK` 00 01
 *     8   1  sealed by: 1 a passphrase, 2 a file
 *     9   4  Argon2id: memory in KiB, u32; of a passphrase only, else zero, as the next two
 *    13   1  Argon2id: passes
 *    14   1  Argon2id: lanes
 *    15  16  salt
 *    31   …  sealed box of the keys, its context all bytes before
 */
import { argon2 } from 'node:crypto';
import { promisify } from 'node:util';
import { ByteReader, ByteWriter, concatBytes } from '@holdfast/core/bytes';
import type { Argon2idParameters } from '@holdfast/core/crypto';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import { ARGON2ID_LIMITS } from '@holdfast/core/vault-protocol';
import {
  assertObjectMagic,
  KEY_BYTES,
  label,
  MAGIC_BYTES,
  objectMagic,
  openBox,
  sealBox,
} from '@holdfast/core/wire';
import { decodeHsmKeys, encodeHsmKeys, type HsmKeys } from './hsm-keys.ts';
import { createPrivateFile, readPrivateFile } from './private-file.ts';

/** What opens the file: a passphrase, its bytes as they are, or a file of at least 32 random bytes. */
export type Opener = { readonly passphrase: Secret } | { readonly keyFilePath: string };

/** A key file's first bytes, and the key that they and its opener give. */
export interface FileSeal {
  readonly header: Uint8Array;
  readonly key: Secret;
}

const MAGIC = objectMagic('HSMK');
const SALT_BYTES = 16;
const HEADER_BYTES = MAGIC_BYTES + 7 + SALT_BYTES;
const BY_PASSPHRASE = 1;
const BY_FILE = 2;
const PURPOSE = 'hsm-key-file';

const stretch = promisify(argon2);

/**
 * Makes a file that can seal a key file: 32 random bytes, of mode 0600, whole or not there.
 *
 * @throws {HoldfastError} `hsm-unusable` when something is there already, or it can't be made.
 */
export async function createSealFile(path: string): Promise<void> {
  await createPrivateFile(path, nodeCrypto.randomBytes(KEY_BYTES));
}

/** A seal for a new file. */
export async function makeFileSeal(opener: Opener): Promise<FileSeal> {
  const writer = new ByteWriter().raw(MAGIC);
  if ('passphrase' in opener) {
    const { memoryKib, passes, lanes } = ARGON2ID_LIMITS;
    writer.u8(BY_PASSPHRASE).u32(memoryKib.min).u8(passes.min).u8(lanes.min);
  } else {
    writer.u8(BY_FILE).raw(new Uint8Array(6));
  }
  const header = writer.raw(nodeCrypto.randomBytes(SALT_BYTES)).finish();
  return { header, key: await fileKey(header, opener) };
}

/** The seal of a file that is there. @throws {HoldfastError} `damaged`, `hsm-unusable`. */
export async function readFileSeal(file: Uint8Array, opener: Opener): Promise<FileSeal> {
  assertObjectMagic(file, MAGIC, "HSM's key file");
  const header = file.slice(0, HEADER_BYTES);
  return { header, key: await fileKey(header, opener) };
}

/** @param first Number of the eldest wrapping key to keep; that of `keys` if not given. */
export async function sealKeyFile(
  { header, key }: FileSeal,
  keys: HsmKeys,
  first?: number,
): Promise<Uint8Array> {
  const plaintext = encodeHsmKeys(keys, first);
  const box = await sealBox(nodeCrypto, key.bytes(), PURPOSE, header, plaintext);
  plaintext.fill(0);
  return concatBytes(header, box);
}

/** @throws {HoldfastError} `hsm-unusable` when the seal is not the file's, or the file is damaged. */
export async function openKeyFile({ key }: FileSeal, file: Uint8Array): Promise<HsmKeys> {
  const [header, box] = [file.subarray(0, HEADER_BYTES), file.subarray(HEADER_BYTES)];
  const plaintext = await openBox(nodeCrypto, key.bytes(), PURPOSE, header, box);
  if (plaintext === null) {
    throw new HoldfastError(
      'hsm-unusable',
      'Cannot open the HSM: it is another passphrase or file that seals its key file, or that is damaged',
    );
  }
  const keys = decodeHsmKeys(plaintext);
  plaintext.fill(0);
  return keys;
}

async function fileKey(header: Uint8Array, opener: Opener): Promise<Secret> {
  const reader = new ByteReader(header.subarray(MAGIC_BYTES), "HSM's key file");
  const sealedBy = reader.u8();
  const parameters = { memoryKib: reader.u32(), passes: reader.u8(), lanes: reader.u8() };
  const salt = reader.raw(SALT_BYTES);
  if ('passphrase' in opener) {
    if (sealedBy !== BY_PASSPHRASE) throw wrongOpener('a file seals it, not a passphrase');
    assertWithinLimits(parameters, reader);
    return passphraseKey(opener.passphrase, salt, parameters);
  }
  if (sealedBy !== BY_FILE) throw wrongOpener('a passphrase seals it, not a file');
  const { bytes } = await readPrivateFile(opener.keyFilePath, 'file that seals the keys');
  if (bytes.length < KEY_BYTES) {
    throw wrongOpener(`the file that seals it must have at least ${KEY_BYTES} bytes`);
  }
  const key = nodeCrypto.hkdfSha256(bytes, salt, label('hsm-key-file-secret'), KEY_BYTES);
  bytes.fill(0);
  return new Secret(key);
}

async function passphraseKey(
  passphrase: Secret,
  salt: Uint8Array,
  { memoryKib, passes, lanes }: Argon2idParameters,
): Promise<Secret> {
  const key = await stretch('argon2id', {
    message: passphrase.bytes(),
    nonce: salt,
    memory: memoryKib,
    passes,
    parallelism: lanes,
    tagLength: KEY_BYTES,
  });
  return new Secret(new Uint8Array(key));
}

/** The file's parameters are read before its seal is checked: they must not cost all memory. */
function assertWithinLimits(parameters: Argon2idParameters, reader: ByteReader): void {
  for (const name of ['memoryKib', 'passes', 'lanes'] as const) {
    const { min, max } = ARGON2ID_LIMITS[name];
    if (parameters[name] < min || parameters[name] > max) {
      throw reader.damaged(`its ${name} are out of range`);
    }
  }
}

function wrongOpener(state: string): HoldfastError {
  return new HoldfastError('hsm-unusable', `Cannot open the HSM's key file: ${state}`);
}
