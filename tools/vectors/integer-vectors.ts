// Vectors of integers, bytes and texts (spec/backup-format.md §2.1).

import { ByteWriter } from '@holdfast/core/bytes';
import type { VectorFile } from './vector-file.ts';

const VARINTS = [0, 1, 127, 128, 300, 16_383, 16_384, 2 ** 32, 2 ** 49, Number.MAX_SAFE_INTEGER];
const SVARINTS = [0, -1, 1, -64, 64, 1000, -1000, 2 ** 52 - 1, -(2 ** 52)];

export function integerVectors(): VectorFile {
  return {
    path: 'backup-format/integers.json',
    description: 'Integers, bytes and texts (spec/backup-format.md §2.1). 64-bit ones are decimal.',
    cases: [
      ...VARINTS.map((value) => ({
        kind: 'varint',
        value,
        hex: new ByteWriter().varint(value).finish(),
      })),
      ...SVARINTS.map((value) => ({
        kind: 'svarint',
        value,
        hex: new ByteWriter().svarint(value).finish(),
      })),
      ...[0, 1, 0xdeadbeef, 0xffffffff].map((value) => ({
        kind: 'u32',
        value,
        hex: new ByteWriter().u32(value).finish(),
      })),
      ...[0n, 1n, 0xfedcba9876543210n].map((value) => ({
        kind: 'u64',
        value,
        hex: new ByteWriter().u64(value).finish(),
      })),
      ...[-1n, 1_700_000_000_000_000_000n, -(2n ** 63n)].map((value) => ({
        kind: 'i64',
        value,
        hex: new ByteWriter().i64(value).finish(),
      })),
      { kind: 'bytes', value: '00ff', hex: '0200ff' },
      { kind: 'bytes', value: '', hex: '00' },
      {
        kind: 'text',
        value: 'Grüße \u{1f44b}',
        hex: new ByteWriter().text('Grüße \u{1f44b}').finish(),
      },
      { kind: 'text', value: '\ufeffa', hex: '04efbbbf61' },
    ],
    failures: [
      { name: 'nothing there', kind: 'varint', hex: '', code: 'damaged' },
      { name: 'cut short', kind: 'varint', hex: '80', code: 'damaged' },
      { name: 'zero in two bytes', kind: 'varint', hex: '8000', code: 'damaged' },
      { name: '127 in two bytes', kind: 'varint', hex: 'ff00', code: 'damaged' },
      { name: '2^53', kind: 'varint', hex: '8080808080808010', code: 'damaged' },
      { name: '2^56 − 1', kind: 'varint', hex: 'ffffffffffffff7f', code: 'damaged' },
      { name: 'nine bytes', kind: 'varint', hex: '808080808080808001', code: 'damaged' },
      { name: 'a byte after it', kind: 'varint', hex: '0100', code: 'damaged' },
      { name: 'zero in two bytes', kind: 'svarint', hex: '8000', code: 'damaged' },
      { name: '2^52', kind: 'svarint', hex: '8080808080808010', code: 'damaged' },
      { name: 'three bytes', kind: 'u32', hex: '000000', code: 'damaged' },
      { name: 'seven bytes', kind: 'u64', hex: '00000000000000', code: 'damaged' },
      { name: 'nine bytes', kind: 'i64', hex: '000000000000000000', code: 'damaged' },
      { name: 'fewer bytes than said', kind: 'bytes', hex: '0300ff', code: 'damaged' },
      { name: 'more bytes than said', kind: 'bytes', hex: '0100ff', code: 'damaged' },
      {
        name: 'more bytes than allowed',
        kind: 'bytes',
        hex: `8108${'00'.repeat(1025)}`,
        code: 'damaged',
      },
      { name: 'a length beyond memory', kind: 'bytes', hex: 'ffffffffffffff0f', code: 'damaged' },
      { name: 'a lone continuation byte', kind: 'text', hex: '0180', code: 'damaged' },
      { name: 'an overlong form', kind: 'text', hex: '02c080', code: 'damaged' },
      { name: 'a surrogate', kind: 'text', hex: '03eda080', code: 'damaged' },
      { name: 'a character cut short', kind: 'text', hex: '02e282', code: 'damaged' },
    ],
  };
}
