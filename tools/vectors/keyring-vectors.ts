// Vectors of keyrings and recovery records (spec/backup-format.md §5, §8).

import { deriveBackupId, deriveRootKeys, Keyring, sealKeyring } from '@holdfast/core/backup-format';
import { ByteWriter } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import {
  encodeKeyRecordBody,
  type RecoveryRecord,
  signRecoveryRecord,
} from '@holdfast/core/recovery-record';
import { Secret } from '@holdfast/core/secret';
import { sealBox } from '@holdfast/core/wire';
import { countingCrypto, drawn } from './counting-crypto.ts';
import { flip, type Patch } from './patch.ts';
import type { VectorFile } from './vector-file.ts';

export async function keyringVectors(): Promise<VectorFile> {
  const crypto = countingCrypto('keyrings');
  const { keyringKey, ownerSeed } = await deriveRootKeys(crypto, new Secret(drawn('root key')));
  const ownerPublicKey = await crypto.ed25519PublicKey(ownerSeed.bytes());
  const backupId = await deriveBackupId(crypto, ownerPublicKey);
  const given = { keyringKey: keyringKey.bytes(), backupId };
  const epochKeys = Array.from({ length: 64 }, (_, epoch) => drawn(`epoch key ${epoch}`));
  const rootKeys = Array.from({ length: 31 }, (_, i) => drawn(`root key of generation ${i}`));
  const seal = async (
    keys: readonly Uint8Array[],
    earlier: readonly Uint8Array[] = [],
  ): Promise<Uint8Array> => {
    const asSecrets = (all: readonly Uint8Array[]) => all.map((key) => new Secret(key.slice()));
    const keyring = new Keyring(asSecrets(keys), asSecrets(earlier));
    return await sealKeyring(crypto, keyringKey, backupId, keyring);
  };
  const object = await seal(epochKeys.slice(0, 2));
  const magic = object.slice(0, 8);
  const sealPlain = async (plain: Uint8Array): Promise<Uint8Array> => {
    const context = new ByteWriter().raw(magic).raw(backupId).finish();
    const box = await sealBox(crypto, keyringKey.bytes(), 'keyring-seal', context, plain);
    return new ByteWriter(4096).raw(magic).raw(box).finish();
  };
  const padded = (hex: string): Uint8Array => {
    const plain = new Uint8Array(4008);
    plain.set(Uint8Array.fromHex(hex));
    return plain;
  };
  const fails = (name: string, fields: object, code = 'damaged') => ({
    name,
    ...given,
    base: 'two epochs',
    ...fields,
    code,
  });
  const written = (name: string, bytes: Uint8Array) => ({
    name,
    ...given,
    object: bytes,
    code: 'damaged',
  });
  return {
    path: 'backup-format/keyring.json',
    description:
      'Keyring objects (spec/backup-format.md §5). A failure with "base" is that case with patches, each [offset, bytes], or cut to a length.',
    cases: [
      {
        name: 'one epoch',
        ...given,
        object: await seal(epochKeys.slice(0, 1)),
        epochKeys: epochKeys.slice(0, 1),
        earlierRootKeys: [],
      },
      {
        name: 'two epochs',
        ...given,
        object,
        epochKeys: epochKeys.slice(0, 2),
        earlierRootKeys: [],
      },
      {
        name: 'two epochs, and the root key before',
        ...given,
        object: await seal(epochKeys.slice(0, 2), rootKeys.slice(0, 1)),
        epochKeys: epochKeys.slice(0, 2),
        earlierRootKeys: rootKeys.slice(0, 1),
      },
      {
        name: 'as many as it can hold',
        ...given,
        object: await seal(epochKeys, rootKeys),
        epochKeys,
        earlierRootKeys: rootKeys,
      },
    ],
    failures: [
      fails('the key of another root key', { keyringKey: drawn('another keyring key') }),
      fails('another backup', { backupId: drawn('another backup') }),
      ...[0, 6, 8, 40, 72, 73, 4000, 4079, 4080, 4095].map((at) =>
        fails(`byte ${at} flipped`, { patches: flip(object, at) }),
      ),
      fails('a newer version', { patches: [[7, '02']] }, 'format-too-new'),
      fails('version 0', { patches: [[7, '00']] }),
      fails('a pack in its place', { patches: [[2, '5041434b']] }),
      fails('cut by a byte', { lengthBytes: 4095 }),
      fails('cut to its magic', { lengthBytes: 8 }),
      fails('nothing there', { lengthBytes: 0 }),
      written('no epoch', await sealPlain(padded('00'))),
      written('65 epochs', await sealPlain(padded('41'))),
      written('32 earlier root keys', await sealPlain(padded(`01${'11'.repeat(32)}20`))),
      written('padding that is not zero', await sealPlain(padded(`01${'11'.repeat(32)}0001`))),
    ],
  };
}

const RECORD_BYTES = 16_384;
const SIGNATURE_OFFSET = 16_320;

export async function recoveryRecordVectors(): Promise<VectorFile> {
  const crypto = countingCrypto('recovery records');
  const rootKey = drawn('root key');
  const { ownerSeed } = await deriveRootKeys(crypto, new Secret(rootKey.slice()));
  const ownerPublicKey = await crypto.ed25519PublicKey(ownerSeed.bytes());
  const backupId = await deriveBackupId(crypto, ownerPublicKey);
  const body = await encodeKeyRecordBody(crypto, new Secret(rootKey.slice()));
  const first: RecoveryRecord = {
    method: 'key',
    version: 1,
    backupId,
    ownerPublicKey,
    previousHash: new Uint8Array(32),
    body,
  };
  const object = await signRecoveryRecord(crypto, ownerSeed, first);
  const second: RecoveryRecord = {
    ...first,
    version: 2,
    previousHash: nodeCrypto.sha256(object),
    body: await encodeKeyRecordBody(crypto, new Secret(rootKey.slice())),
  };
  const secondObject = await signRecoveryRecord(crypto, ownerSeed, second);
  const resigned = async (patches: readonly Patch[]): Promise<readonly Patch[]> => {
    const message = new Uint8Array(object.subarray(0, SIGNATURE_OFFSET));
    for (const [at, hex] of patches) message.set(Uint8Array.fromHex(hex), at);
    const label = new TextEncoder().encode('holdfast/v1/recovery-record');
    const signed = new ByteWriter().raw(label).raw(message).finish();
    const signature = await crypto.ed25519Sign(ownerSeed.bytes(), signed);
    return [...patches, [SIGNATURE_OFFSET, signature.toHex()]];
  };
  const fails = (name: string, fields: object, code = 'damaged') => ({
    name,
    base: 'first',
    ...fields,
    code,
  });
  const anotherSeed = drawn('another owner seed');
  const fitting = { rootKey, body };
  return {
    path: 'backup-format/recovery-record.json',
    description:
      'Recovery records (spec/backup-format.md §8): a start, then zeros, then the signature at 16,320. A failure with "base" is that case with patches, each [offset, bytes], or cut or grown to a length; one with a root key parses, and the key does not fit it.',
    cases: [
      recordCase('first', object, first, rootKey),
      recordCase('replacement', secondObject, second, rootKey),
    ],
    failures: [
      ...[0, 8, 9, 15, 16, 48, 80, 115, 116, 180, 5000, 16_319, 16_320, 16_352, 16_383].map((at) =>
        fails(`byte ${at} flipped`, { patches: flip(object, at) }),
      ),
      fails('a newer version of the format', { patches: [[7, '02']] }, 'format-too-new'),
      fails(
        'a newer version of the format, of another length',
        { patches: [[7, '02']], lengthBytes: 20_000 },
        'format-too-new',
      ),
      fails('version 0 of the format', { patches: [[7, '00']] }),
      fails('cut by a byte', { lengthBytes: RECORD_BYTES - 1 }),
      fails('a byte longer', { lengthBytes: RECORD_BYTES + 1 }),
      fails('nothing there', { lengthBytes: 0 }),
      fails('a head in its place', { patches: [[2, '48454144']] }),
      fails('signed by another key', {
        patches: [[48, (await crypto.ed25519PublicKey(anotherSeed)).toHex()]],
      }),
      fails('signature of the replacement', {
        patches: [[SIGNATURE_OFFSET, secondObject.slice(SIGNATURE_OFFSET).toHex()]],
      }),
      fails('an owner key of small order, under which anything would seem signed', {
        patches: [
          [48, `01${'00'.repeat(31)}`],
          [SIGNATURE_OFFSET, `01${'00'.repeat(63)}`],
        ],
      }),
      fails('signature with its scalar raised by the group order', {
        patches: [[SIGNATURE_OFFSET, raised(object)]],
      }),
      fails(
        'signed, but of an unknown method',
        { patches: await resigned([[8, '03']]) },
        'format-too-new',
      ),
      fails('signed, but with padding that is not zero', { patches: await resigned([[10, '01']]) }),
      fails('signed, but of version 0', { patches: await resigned([[12, '00000000']]) }),
      fails('signed, but of version 10^6', { patches: await resigned([[12, '000f4240']]) }),
      fails('signed, but longer than it can be', { patches: await resigned([[112, '00003f4d']]) }),
      fails('signed, but with bytes after its body', { patches: await resigned([[180, '01']]) }),
      fails('signed, but with a body over the end', {
        patches: await resigned([[112, 'ffffffff']]),
      }),
      { name: 'another key', ...fitting, rootKey: drawn('another root key'), code: 'wrong-key' },
      { name: 'one digit off', ...fitting, rootKey: oneDigitOff(rootKey), code: 'wrong-key' },
      { name: 'a body cut short', ...fitting, body: body.slice(0, 63), code: 'damaged' },
      { name: 'a body too long', ...fitting, body: `${body.toHex()}00`, code: 'damaged' },
    ],
  };
}

function recordCase(
  name: string,
  object: Uint8Array,
  record: RecoveryRecord,
  rootKey: Uint8Array,
): object {
  const start = object.slice(0, 116 + record.body.length);
  return {
    name,
    start,
    signature: object.slice(SIGNATURE_OFFSET),
    sha256: nodeCrypto.sha256(object),
    value: record,
    rootKey,
  };
}

function oneDigitOff(key: Uint8Array): Uint8Array {
  const copy = key.slice();
  copy[31] = (copy[31] as number) ^ 1;
  return copy;
}

const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The signature with S + L in place of S, which a lax verifier takes for another valid one. */
function raised(object: Uint8Array): string {
  const signature = object.slice(SIGNATURE_OFFSET);
  let scalar = GROUP_ORDER;
  for (let i = 0; i < 32; i++) scalar += BigInt(signature[32 + i] as number) << BigInt(8 * i);
  for (let i = 0; i < 32; i++) signature[32 + i] = Number((scalar >> BigInt(8 * i)) & 0xffn);
  return signature.toHex();
}
