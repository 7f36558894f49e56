// Vectors of keys and values of the tables of chunks, pages and segments, and of paths
// (spec/backup-format.md §7.1, §7.2, §7.4).

import {
  chunkKey,
  encodeChunkValue,
  encodePageEntry,
  encodePathKey,
  encodeSegmentValue,
  type PageEntry,
  pageKey,
  type Segment,
  segmentKey,
} from '@holdfast/core/backup-format';
import { STREAM_A } from './address-vectors.ts';
import { drawn } from './counting-crypto.ts';
import { bytes, CHUNK, chunk, GROUP, NODE, withBook } from './sample-entries.ts';
import type { VectorFile } from './vector-file.ts';

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
