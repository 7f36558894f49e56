// Vectors of entries of the file table (spec/backup-format.md §7.1).

import {
  type Address,
  type Chunk,
  encodeFileEntry,
  type FileEntry,
} from '@holdfast/core/backup-format';
import { ByteWriter } from '@holdfast/core/bytes';
import {
  bytes,
  CHUNK,
  chunk,
  GROUP,
  NODE,
  TABLE,
  withBook,
  ZIPPED_CHUNK,
} from './sample-entries.ts';
import type { VectorFile } from './vector-file.ts';

const COMMON = {
  mode: 0o644,
  uid: 1000,
  gid: 100,
  mtimeNs: 1_700_000_000_123_456_789n,
  ctimeNs: -1n,
  inode: 2n ** 64n - 1n,
  xattrs: [{ name: bytes('user.note'), value: bytes('x') }],
};
const BARE = { ...COMMON, xattrs: [], inode: 1n, ctimeNs: 0n, mtimeNs: 0n };

function attribute(name: string, value: string): string {
  const [nameBytes, valueBytes] = [bytes(name), bytes(value)];
  return new ByteWriter().bytes(nameBytes).bytes(valueBytes).finish().toHex();
}

export function fileEntryVectors(): VectorFile {
  const inline = (chunks: readonly Chunk[]) => ({ kind: 'inline', chunks }) as const;
  const entries: Record<string, FileEntry> = {
    folder: { ...COMMON, kind: 'folder' },
    link: { ...BARE, kind: 'link', target: bytes('../elsewhere') },
    'empty file': { ...BARE, kind: 'file', bytes: 0, chunks: inline([]) },
    'file of zeros only': { ...BARE, kind: 'file', bytes: 2 ** 40, chunks: inline([]) },
    'file with a gap between its chunks and after them': {
      ...COMMON,
      kind: 'file',
      bytes: 10_000_000,
      chunks: inline([chunk(0, CHUNK), chunk(2_097_152, ZIPPED_CHUNK)]),
    },
    'file with the same chunk twice': {
      ...BARE,
      kind: 'file',
      bytes: 2_097_152,
      chunks: inline([chunk(0, CHUNK), { ...chunk(0, CHUNK), fileOffset: 1_048_576 }]),
    },
    'file with a table of chunks': {
      ...BARE,
      kind: 'file',
      bytes: 2 ** 36,
      chunks: { kind: 'table', table: TABLE },
    },
    database: {
      ...COMMON,
      kind: 'database',
      bytes: 40_960,
      pageBytes: 4096,
      pages: TABLE,
      walStamp: bytes('stamp'),
    },
  };
  const valid = Object.entries(entries).map(([name, entry]) =>
    withBook('file', name, entry, encodeFileEntry),
  );
  const common = 'a40300 00'.replace(' ', '').concat('00'.repeat(24), '00');
  const refused = (name: string, hex: string, addresses: readonly Address[] = []) => ({
    kind: 'file',
    name,
    addresses,
    hex,
    code: 'damaged',
  });
  const fileName = '00'.repeat(32);
  const twoChunks = valid[4];
  return {
    path: 'backup-format/file-entries.json',
    description:
      'Values of the file table (spec/backup-format.md §7.1). "addresses" is the decoded address book of the node that holds the value.',
    cases: valid,
    failures: [
      refused('nothing there', ''),
      refused('kind 4', `04${common}`),
      refused('mode beyond 0o7777', `00808001${common.slice(4)}`),
      refused('uid beyond 32 bits', `00a403808080801000${'00'.repeat(25)}`),
      refused('a folder with a byte after it', `00${common}00`),
      refused('a folder cut short', `00${common}`.slice(0, -2)),
      refused('1,025 attributes', `00${common.slice(0, -2)}8108`),
      refused(
        'an attribute with a name of 256 bytes',
        `00${common.slice(0, -2)}018002${'61'.repeat(256)}00`,
      ),
      refused('an attribute without a name', `00${common.slice(0, -2)}010000`),
      refused('an attribute with a zero byte in its name', `00${common.slice(0, -2)}0102610000`),
      refused(
        'two attributes of one name',
        `00${common.slice(0, -2)}03${attribute('user.b', 'x')}${attribute('user.a', '')}${attribute('user.b', 'y')}`,
      ),
      refused('a link to nothing', `02${common}00`),
      refused('a link with a zero byte in its target', `02${common}03610062`),
      refused('34 chunks in the entry', `01${common}0022`),
      refused('an address that is not listed', `01${common}0a0200${fileName}00`),
      refused('a chunk over the end of the file', `01${common}0a0200${fileName}00`, [CHUNK]),
      refused('a chunk that is a page group', `01${common}${'808040'}0200${fileName}00`, [GROUP]),
      refused('a table that begins with a chunk', `01${common}0a0001000000 00`.replace(' ', ''), [
        CHUNK,
      ]),
      refused('a table of 65 layers', `01${common}0a0041`),
      refused('a table of height 8', `01${common}0a000100080000`, [NODE]),
      refused('pages of 256 bytes', `03${common}00080000`),
      refused('pages of 128 KiB', `03${common}00110000`),
      refused('a database of half a page', `03${common}80040a0000`),
      refused('a stamp of 65 bytes', `03${common}000c0041${'00'.repeat(65)}`),
      {
        ...twoChunks,
        name: 'two chunks, without the second address',
        addresses: [CHUNK],
        value: undefined,
        code: 'damaged',
      },
    ],
  };
}
