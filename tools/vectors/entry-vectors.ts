// Vectors of what tables hold: files, pages, snapshots, segments, paths, and the root
// (spec/backup-format.md §7).

import {
  type Address,
  AddressBook,
  type Chunk,
  chunkKey,
  encodeChunkValue,
  encodeFileEntry,
  encodePageEntry,
  encodePathKey,
  encodeRoot,
  encodeSegmentValue,
  encodeSnapshotEntry,
  type FileEntry,
  type PageEntry,
  pageKey,
  type Root,
  type Segment,
  type SnapshotEntry,
  segmentKey,
  snapshotKey,
  type Table,
} from '@holdfast/core/backup-format';
import { ByteWriter } from '@holdfast/core/bytes';
import { ADDRESSES, encodeBook, STREAM_A } from './address-vectors.ts';
import { drawn } from './counting-crypto.ts';
import type { VectorFile } from './vector-file.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const [CHUNK, ZIPPED_CHUNK, GROUP, NODE] = ADDRESSES as [Address, Address, Address, Address];
const TABLE: Table = [
  { root: NODE, height: 2, entries: 100_000, storedBytes: 3_000_000 },
  { root: { ...NODE, offset: 0 }, height: 0, entries: 1, storedBytes: 60 },
];
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

/** Encodes with a book of its own; the case then lists the book's addresses. */
function withBook<Value>(
  kind: string,
  name: string,
  value: Value,
  encodeValue: (book: AddressBook, value: Value) => Uint8Array,
): { readonly kind: string; readonly addresses: readonly Address[]; readonly hex: Uint8Array } {
  const book = new AddressBook();
  const hex = encodeValue(book, value);
  return { kind, addresses: book.addresses, hex, ...{ name, value } };
}

function chunk(fileOffset: number, address: Address): Chunk {
  return { fileOffset, name: drawn(`name of the chunk at ${fileOffset}`), address };
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

export function tableEntryVectors(): VectorFile {
  const pages: PageEntry[] = [
    { name: drawn('page 0', 16), group: GROUP, slot: 0 },
    { name: drawn('page 63', 16), group: GROUP, slot: 63 },
  ];
  const bigChunk = chunk(2 ** 40, CHUNK);
  const pack = { name: drawn('a pack'), salt: drawn('its salt'), epoch: 3, k: 0 };
  const segment: Segment = {
    stream: STREAM_A,
    start: 2 ** 40,
    lengthBytes: 262_000,
    pack,
    contentOffset: 0,
  };
  const segmentEntry = {
    key: segmentKey(STREAM_A, segment.start),
    hex: encodeSegmentValue(segment),
  };
  const packHex = `${pack.name.toHex()}${pack.salt.toHex()}00000003`;
  const path = ['photos', 'été 2024', 'IMG.jpg'].map(bytes);
  const damaged = (kind: string, name: string, fields: object) => ({
    kind,
    name,
    addresses: [],
    ...fields,
    code: 'damaged',
  });
  const name16 = '00'.repeat(16);
  const name32 = '00'.repeat(32);
  const key8 = '0000000000000000';
  return {
    path: 'backup-format/table-entries.json',
    description:
      'Keys and values of the other tables: path, chunk (§7.1), page (§7.2; pages of 4,096 bytes), segment (§7.4) of spec/backup-format.md.',
    cases: [
      { kind: 'path', name: 'three names', key: encodePathKey(path), value: path },
      {
        kind: 'path',
        name: 'bytes that are not UTF-8',
        key: 'ff005c3a2a',
        value: ['ff', '5c3a2a'],
      },
      { kind: 'path', name: 'three dots', key: '2e2e2e', value: ['2e2e2e'] },
      { kind: 'page-key', name: 'page 258', key: pageKey(258), value: 258 },
      ...pages.map((page) => withBook('page', `slot ${page.slot}`, page, encodePageEntry)),
      {
        ...withBook('chunk', 'at 1 TiB', bigChunk, encodeChunkValue),
        key: chunkKey(bigChunk.fileOffset),
      },
      { kind: 'segment', name: 'a whole pack', ...segmentEntry, value: segment },
    ],
    failures: [
      damaged('path', 'no name', { key: '' }),
      damaged('path', 'an empty name', { key: '6100' }),
      damaged('path', 'an empty first name', { key: '0061' }),
      damaged('path', 'a dot', { key: '61002e' }),
      damaged('path', 'two dots', { key: '2e2e0061' }),
      damaged('path', 'a slash in a name', { key: '612f62' }),
      damaged('path', 'an absolute path', { key: '2f657463' }),
      damaged('page-key', 'three bytes', { key: '000000' }),
      damaged('page-key', 'five bytes', { key: '0000000000' }),
      damaged('page', 'slot beyond the group', { hex: `${name16}0040`, addresses: [GROUP] }),
      damaged('page', 'a group that is a chunk', { hex: `${name16}0000`, addresses: [CHUNK] }),
      damaged('page', 'no such address', { hex: `${name16}0100`, addresses: [GROUP] }),
      damaged('page', 'a byte after it', { hex: `${name16}000000`, addresses: [GROUP] }),
      damaged('chunk', 'a key of seven bytes', {
        key: key8.slice(2),
        hex: `${name32}00`,
        addresses: [CHUNK],
      }),
      damaged('chunk', 'an offset of 2^53', {
        key: '0020000000000000',
        hex: `${name32}00`,
        addresses: [CHUNK],
      }),
      damaged('chunk', 'a chunk that is a node', {
        key: key8,
        hex: `${name32}00`,
        addresses: [NODE],
      }),
      damaged('chunk', 'half a name', { key: key8, hex: `${name16}00`, addresses: [CHUNK] }),
      damaged('segment', 'a key of 23 bytes', {
        key: segmentEntry.key.slice(1),
        hex: segmentEntry.hex,
      }),
      damaged('segment', 'no bytes', { key: segmentEntry.key, hex: `0000${packHex}00` }),
      damaged('segment', 'over the end of its pack', {
        key: segmentEntry.key,
        hex: `f1fe0f00${packHex}00`,
      }),
      damaged('segment', 'an offset over the end of its pack', {
        key: segmentEntry.key,
        hex: `01f0fe0f${packHex}00`,
      }),
      damaged('segment', 'a pack with k = 7', { key: segmentEntry.key, hex: `0100${packHex}07` }),
      damaged('segment', 'a start of 2^53', {
        key: `${STREAM_A.toHex()}0020000000000000`,
        hex: `0100${packHex}00`,
      }),
    ],
  };
}

export function snapshotVectors(): VectorFile {
  const full: SnapshotEntry = {
    atMs: 1_767_225_600_000,
    deviceId: drawn('a device', 16),
    deviceName: 'Ana’s phone',
    sources: [bytes('/home/ana/WhatsApp'), bytes('/home/ana/notes')],
    files: TABLE,
    fileCount: 12_345,
    folderCount: 67,
    totalBytes: 2 ** 41,
    bytesAdded: 262_144,
    unreadableCount: 2,
  };
  const empty: SnapshotEntry = {
    ...{ atMs: 0, deviceId: new Uint8Array(16), deviceName: '', sources: [], files: [] },
    ...{ fileCount: 0, folderCount: 0, totalBytes: 0, bytesAdded: 0, unreadableCount: 0 },
  };
  const start = `00${'00'.repeat(16)}`;
  const damaged = (kind: string, name: string, hex: string | Uint8Array) => ({
    kind,
    name,
    addresses: [],
    hex,
    code: 'damaged',
  });
  const roots: Record<string, Root> = {
    'of an empty backup': { index: [], catalog: [], nextSnapshotNumber: 1 },
    'with an index and a catalog': {
      index: TABLE,
      catalog: TABLE.slice(1),
      nextSnapshotNumber: 0xffffffff,
    },
  };
  return {
    path: 'backup-format/snapshots.json',
    description: 'Catalog entries (spec/backup-format.md §7.3) and roots (§7.5).',
    cases: [
      { kind: 'snapshot-key', name: 'snapshot 7', hex: snapshotKey(7), value: 7 },
      withBook('snapshot', 'of two folders', full, encodeSnapshotEntry),
      withBook('snapshot', 'of nothing', empty, encodeSnapshotEntry),
      ...Object.entries(roots).map(([name, value]) => ({
        kind: 'root',
        name,
        hex: encodeRoot(value),
        value,
      })),
    ],
    failures: [
      damaged('snapshot-key', 'three bytes', '000001'),
      damaged('snapshot-key', 'snapshot 0', '00000000'),
      damaged('snapshot', 'nothing there', ''),
      damaged(
        'snapshot',
        'a device name that is not UTF-8',
        `${start}01ff0000000000 0000`.replace(' ', ''),
      ),
      damaged(
        'snapshot',
        'a device name over 1,024 bytes',
        `${start}8108${'61'.repeat(1025)}00000000000000`,
      ),
      damaged('snapshot', '1,025 sources', `${start}008108`),
      damaged('snapshot', 'a source over 32 KiB', `${start}0001818002`),
      damaged(
        'snapshot',
        'a layer that is not listed',
        `${start}0000010000000000 0000000000`.replace(' ', ''),
      ),
      damaged('snapshot', 'a byte after it', `${start}000000000000000000`),
      damaged('root', 'nothing there', ''),
      damaged('root', 'a catalog cut short', '000000'),
      damaged('root', 'a byte after it', '000000000100'),
      damaged('root', 'a next number beyond 32 bits', '000000008080808010'),
      damaged(
        'root',
        'an index that begins with a chunk',
        `${encodeBook([CHUNK]).toHex()}0100000000 0001`.replace(' ', ''),
      ),
    ],
  };
}
