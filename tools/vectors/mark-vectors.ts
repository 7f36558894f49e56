// Vectors of marks and orders (spec/prune.md §2).

import { Keyring } from '@holdfast/core/backup-format';
import { ByteWriter, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { type MarkList, sealMark } from '@holdfast/core/prune';
import { Secret } from '@holdfast/core/secret';
import { drawn } from './counting-crypto.ts';
import { flip } from './patch.ts';
import type { VectorFile } from './vector-file.ts';

const EPOCH_KEYS = [drawn('epoch key 0'), drawn('epoch key 1')];
const BACKUP_ID = drawn('backup id of marks');
const AT_MS = 1_767_225_600_000;

function packNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => toHex(drawn(`marked pack ${i}`)));
}

async function seal(epoch: number, salt: Uint8Array, mark: MarkList): Promise<Uint8Array> {
  const keyring = new Keyring(EPOCH_KEYS.slice(0, epoch + 1).map((key) => new Secret(key.slice())));
  const crypto = { ...nodeCrypto, randomBytes: () => salt };
  return await sealMark({ crypto, keyring, backupId: BACKUP_ID }, mark);
}

async function markCase(name: string, epoch: number, mark: MarkList) {
  const salt = drawn(`salt of ${name}`);
  const object = await seal(epoch, salt, mark);
  return {
    name,
    epoch,
    salt,
    ...mark,
    firstBytes: object.slice(0, 160),
    lastBytes: object.slice(-32),
    sha256: nodeCrypto.sha256(object),
  };
}

export async function markVectors(): Promise<VectorFile> {
  const mark: MarkList = { atMs: AT_MS, fence: 0, packs: packNames(3) };
  const object = await seal(1, drawn('salt of a mark'), mark);
  const fails = (name: string, fields: object, code = 'damaged') => ({
    name,
    base: 'a mark',
    ...fields,
    code,
  });
  const around = (name: string, plain: ByteWriter) =>
    fails(`sealed, but ${name}`, { plain: plain.finish() });
  const start = () => new ByteWriter().varint(AT_MS).varint(0);
  const pack = drawn('marked pack 0');
  return {
    path: 'prune/marks.json',
    description:
      'Marks and orders (spec/prune.md §2), which are too long to be shown whole: of each its first 160 and last 32 bytes and its SHA-256. The keyring ends with the epoch of the mark. A failure is the object of "base" with patches, each [offset, bytes], or cut or filled with zeros to a length, or opened for another backup; or an object of its epoch and salt, around a plaintext that begins with "plain" and goes on with zeros.',
    given: { backupId: BACKUP_ID, epochKeys: EPOCH_KEYS },
    cases: [
      await markCase('a mark', 1, mark),
      await markCase('an order', 1, { atMs: AT_MS, fence: 300, packs: packNames(1) }),
      await markCase('of an older epoch', 0, { atMs: 0, fence: 1, packs: packNames(2) }),
    ],
    failures: [
      fails('a newer version', { patches: [[7, '02']] }, 'format-too-new'),
      fails('version 0', { patches: [[7, '00']] }),
      fails('a pack in its place', { patches: [[2, '5041434b']] }),
      fails('cut by a byte', { lengthBytes: object.length - 1 }),
      fails('a byte longer', { lengthBytes: object.length + 1 }),
      fails('nothing there', { lengthBytes: 0 }),
      ...[8, 12, 15, 16, 48, 80, 5000, object.length - 1].map((at) =>
        fails(`byte ${at} flipped`, { patches: flip(object, at) }),
      ),
      fails('another epoch of the keyring', { patches: [[11, '00']] }),
      fails('an epoch that the keyring lacks', { patches: [[11, '02']] }),
      fails('of another backup', { backupId: drawn('another backup id') }),
      around('empty', new ByteWriter()),
      around('naming no pack', start().varint(0)),
      around('naming more than 8,000', start().varint(8001)),
      around('its count longer than need be', start().u8(0x81).u8(0).raw(pack)),
      around('its time beyond 2^53', new ByteWriter().raw(new Uint8Array(8).fill(0xff)).u8(1)),
      around('with a byte after its last name', start().varint(1).raw(pack).u8(1)),
    ],
  };
}
