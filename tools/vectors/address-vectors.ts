// Vectors of address books, of blobs as stored, and of packs' indexes (spec/backup-format.md §4.2–§4.4).

import { type Address, AddressBook, encodePackIndex } from '@holdfast/core/backup-format';
import { ByteWriter } from '@holdfast/core/bytes';
import { drawn } from './counting-crypto.ts';
import type { VectorFile } from './vector-file.ts';

export const STREAM_A = drawn('stream a', 16);
export const STREAM_B = drawn('stream b', 16);
const HEX_A = STREAM_A.toHex();

/** One address of each kind, in two streams. */
export const ADDRESSES: readonly Address[] = [
  chunkAt(0, 1_048_576),
  { ...chunkAt(1_048_576, 10), compressed: true, plainBytes: 1_048_576 },
  {
    kind: 'pages',
    stream: STREAM_B,
    offset: 5,
    storedBytes: 70_000,
    plainBytes: 262_144,
    compressed: true,
  },
  {
    kind: 'node',
    stream: STREAM_A,
    offset: 2 ** 40,
    storedBytes: 1,
    plainBytes: 1,
    compressed: false,
  },
  { ...chunkAt(7, 3), stream: STREAM_B },
];

function chunkAt(offset: number, bytes: number): Address {
  const length = { storedBytes: bytes, plainBytes: bytes };
  return { kind: 'chunk', stream: STREAM_A, offset, ...length, compressed: false };
}

export function encodeBook(addresses: readonly Address[]): Uint8Array {
  const book = new AddressBook();
  for (const address of addresses) book.number(address);
  const writer = new ByteWriter();
  book.encode(writer);
  return writer.finish();
}

/** A book with one address, whose fields after the streams are given byte by byte. */
function oneAddress(fieldsHex: string): string {
  return `01${HEX_A}01${fieldsHex}`;
}

export function addressVectors(): VectorFile {
  const book = encodeBook(ADDRESSES);
  return {
    path: 'backup-format/addresses.json',
    description: 'Address books (spec/backup-format.md §4.2).',
    cases: [
      { name: 'no address', hex: encodeBook([]), value: [] },
      { name: 'one of each kind', hex: book, value: ADDRESSES },
      {
        name: 'the farthest offset',
        hex: oneAddress(`00 00 feffffffffffff0f 01`.replaceAll(' ', '')),
        value: [chunkAt(2 ** 52 - 1, 1)],
      },
    ],
    failures: [
      { name: 'kind 3', hex: oneAddress('03000001'), code: 'damaged' },
      { name: 'an unknown flag', hex: oneAddress('40000001'), code: 'damaged' },
      { name: 'a stream that is not listed', hex: oneAddress('00010001'), code: 'damaged' },
      { name: 'an offset below zero', hex: oneAddress('00000101'), code: 'damaged' },
      { name: 'no bytes', hex: oneAddress('00000000'), code: 'damaged' },
      { name: 'a chunk over 1 MiB', hex: oneAddress('000000818040'), code: 'damaged' },
      { name: 'a plain chunk over 1 MiB', hex: oneAddress('80000001808040'), code: 'damaged' },
      { name: 'a page group over 256 KiB', hex: oneAddress('010000818010'), code: 'damaged' },
      {
        name: 'a plain page group over 256 KiB',
        hex: oneAddress('81000001808010'),
        code: 'damaged',
      },
      { name: 'a node over 1 MiB', hex: oneAddress('020000818040'), code: 'damaged' },
      { name: 'more streams than bytes', hex: '7f', code: 'damaged' },
      { name: 'more addresses than bytes', hex: `01${HEX_A}7f00000001`, code: 'damaged' },
      { name: 'an offset in a longer form', hex: oneAddress('0000800001'), code: 'damaged' },
      {
        name: 'an end beyond 2^53 − 1',
        hex: `01${HEX_A}020000feffffffffffff0f010000feffffffffffff0f01`,
        code: 'damaged',
      },
      { name: 'cut short', hex: book.slice(0, -1), code: 'damaged' },
      { name: 'nothing there', hex: '', code: 'damaged' },
    ],
  };
}

/** Made by hand, but for the sequences: these by zstd 1.5.7 at level 3. */
const FRAMES = {
  runLength: '28b52ffd20c52b060041',
  raw: '28b52ffd2003190000616263',
  twoBlocks: '28b52ffd2006180000616263190000646566',
  window: '28b52ffd40502c0063090041',
  sequences:
    '28b52ffd20fc7d0100240273656520796f7520617420746865206c616b6565696768742c206f726e696e653f200300cfa6a8c0b4f3560903',
};
const SKIPPABLE = '502a4d1803000000616263';
const SEQUENCES_PLAIN = new TextEncoder().encode(
  'see you at the lake at eight, or at nine? '.repeat(6),
);

export function blobVectors(): VectorFile {
  const refused = (name: string, stored: string, plainBytes = 3) => ({
    name,
    stored,
    plainBytes,
    code: 'damaged',
  });
  return {
    path: 'backup-format/blobs.json',
    description:
      'Compressed blobs: one zstd frame each (spec/backup-format.md §4.3). A reader knows plainBytes beforehand.',
    cases: [
      { name: 'a run', stored: FRAMES.runLength, plainBytes: 197, plain: '41'.repeat(197) },
      { name: 'a raw block', stored: FRAMES.raw, plainBytes: 3, plain: '616263' },
      {
        name: 'literals and sequences',
        stored: FRAMES.sequences,
        plainBytes: SEQUENCES_PLAIN.length,
        plain: SEQUENCES_PLAIN,
      },
      { name: 'two blocks', stored: FRAMES.twoBlocks, plainBytes: 6, plain: '616263646566' },
      {
        name: 'content size in four bytes',
        stored: '28b52ffda003000000190000616263',
        plainBytes: 3,
        plain: '616263',
      },
      {
        name: 'a window of 1 MiB',
        stored: FRAMES.window,
        plainBytes: 300,
        plain: '41'.repeat(300),
      },
    ],
    failures: [
      { name: 'shorter than said', stored: FRAMES.runLength, plainBytes: 198, code: 'damaged' },
      { name: 'longer than said', stored: FRAMES.runLength, plainBytes: 196, code: 'damaged' },
      { name: 'far longer than said', stored: FRAMES.runLength, plainBytes: 1, code: 'damaged' },
      { name: 'cut short', stored: FRAMES.raw.slice(0, -2), plainBytes: 3, code: 'damaged' },
      { name: 'no frame', stored: '616263', plainBytes: 3, code: 'damaged' },
      { name: 'a gzip member', stored: '1f8b0800000000000003', plainBytes: 3, code: 'damaged' },
      { name: 'an empty frame', stored: '28b52ffd2000010000', plainBytes: 1, code: 'damaged' },
      refused('no content size', '28b52ffd0050190000616263'),
      refused('a content size that is not the length', '28b52ffd2004190000616263'),
      refused('a window over 1 MiB', FRAMES.window.replace('4050', '4051'), 300),
      refused('a window of 2 GiB', FRAMES.window.replace('4050', '40a8'), 300),
      refused('a checksum', '28b52ffd2403190000616263990977ad'),
      refused('a dictionary', '28b52ffd210103190000616263'),
      refused('the reserved bit', '28b52ffd2803190000616263'),
      refused('a byte after the frame', `${FRAMES.raw}00`),
      refused('an empty frame after the frame', `${FRAMES.raw}28b52ffd2000010000`),
      refused('its content in two frames', `${FRAMES.raw}${FRAMES.raw}`, 6),
      refused('a skippable frame after the frame', `${FRAMES.raw}${SKIPPABLE}`),
      refused('a skippable frame before the frame', `${SKIPPABLE}${FRAMES.raw}`),
      refused('no last block', FRAMES.raw.replace('190000', '180000')),
      refused('a block of the reserved type', FRAMES.raw.replace('190000', '1f0000')),
      refused('a block over 128 KiB', '28b52ffda0010002000b001041', 131_073),
      refused('cut in its header', '28b52ffd'),
    ],
  };
}

export function packIndexVectors(): VectorFile {
  const parts = [
    { stream: STREAM_A, start: 0, lengthBytes: 1000 },
    { stream: STREAM_B, start: 2 ** 33, lengthBytes: 1 },
    { stream: STREAM_A, start: 1000, lengthBytes: 70_000 },
  ];
  const [, chunk, group, node] = ADDRESSES as [Address, Address, Address, Address];
  const blobs = [
    { address: chunk, names: drawn('name of a chunk') },
    { address: group, names: drawn('names of four pages', 64) },
    { address: node, names: new Uint8Array(0) },
  ];
  const full = encodePackIndex({ parts, blobs });
  const empty = encodePackIndex({ parts: [], blobs: [] });
  const oneBlob = (addressHex: string, namesHex: string): string =>
    `0000${oneAddress(addressHex)}${namesHex}`;
  return {
    path: 'backup-format/pack-index.json',
    description:
      'Indexes that end packs, without their length (spec/backup-format.md §4.4). With "repeated", the bytes are hex, then the given bytes so many times, then end.',
    cases: [
      { name: 'nothing in the pack', k: 0, hex: empty, value: { parts: [], blobs: [] } },
      { name: 'three segments and three blobs', k: 0, hex: full, value: { parts, blobs } },
      {
        name: 'the rest of a blob alone',
        k: 6,
        hex: encodePackIndex({ parts: parts.slice(0, 1), blobs: [] }),
        value: { parts: parts.slice(0, 1), blobs: [] },
      },
    ],
    failures: [
      { name: 'nothing there', k: 0, hex: '', code: 'damaged' },
      { name: 'cut short', k: 0, hex: full.slice(0, -1), code: 'damaged' },
      { name: 'a byte after it', k: 0, hex: `${full.toHex()}00`, code: 'damaged' },
      { name: 'a stream that is not listed', k: 0, hex: `01${HEX_A}010100010000`, code: 'damaged' },
      { name: 'a segment of no bytes', k: 0, hex: `01${HEX_A}010000000000`, code: 'damaged' },
      {
        name: 'a segment longer than the pack',
        k: 0,
        hex: `01${HEX_A}010000808010 0000`.replace(' ', ''),
        code: 'damaged',
      },
      {
        name: 'two segments that together are longer than the pack',
        k: 0,
        hex: `01${HEX_A}02000080800800808008808008 0000`.replace(' ', ''),
        code: 'damaged',
      },
      {
        name: 'a segment beyond 2^53 − 1',
        k: 0,
        hex: `01${HEX_A}0100ffffffffffffff0f010000`,
        code: 'damaged',
      },
      { name: 'more streams than bytes', k: 0, hex: '05', code: 'damaged' },
      { name: 'a chunk without its name', k: 0, hex: oneBlob('00000001', ''), code: 'damaged' },
      {
        name: 'half a name of a chunk',
        k: 0,
        hex: oneBlob('00000001', '00'.repeat(16)),
        code: 'damaged',
      },
      {
        name: 'a name for a node',
        k: 0,
        hex: oneBlob('02000001', '00'.repeat(32)),
        code: 'damaged',
      },
      {
        name: 'fewer page names than said',
        k: 0,
        hex: oneBlob('01000001', `02${'00'.repeat(16)}`),
        code: 'damaged',
      },
      {
        name: '65,537 parts',
        k: 6,
        hex: `01${HEX_A}818004`,
        repeated: ['000001', 65_537],
        end: '0000',
        code: 'damaged',
      },
      {
        name: '65,537 blobs',
        k: 6,
        hex: `000001${HEX_A}818004`,
        repeated: ['02000001', 65_537],
        end: '',
        code: 'damaged',
      },
      {
        name: '65,537 streams of parts',
        k: 6,
        hex: '818004',
        repeated: [HEX_A, 65_537],
        end: '000000',
        code: 'damaged',
      },
      {
        name: '65,537 streams of blobs',
        k: 6,
        hex: '0000818004',
        repeated: [HEX_A, 65_537],
        end: '00',
        code: 'damaged',
      },
    ],
  };
}
