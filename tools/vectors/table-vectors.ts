// Vectors of table nodes, of reading a stack of layers, and of looking up addresses in the index
// (spec/backup-format.md §6, §7.4).

import {
  type Address,
  encodeSegmentValue,
  type Segment,
  segmentKey,
  TableNodeWriter,
} from '@holdfast/core/backup-format';
import { ByteWriter, compareBytes } from '@holdfast/core/bytes';
import { ADDRESSES, STREAM_A, STREAM_B } from './address-vectors.ts';
import { drawn } from './counting-crypto.ts';
import type { VectorFile } from './vector-file.ts';

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const entry = (key: string, value: string): Entry => ({ key: bytes(key), value: bytes(value) });

function encodeNode(height: number, entries: readonly Entry[], addresses: readonly Address[]) {
  const writer = new TableNodeWriter(height);
  for (const address of addresses) writer.book.number(address);
  for (const { key, value } of entries) writer.add(key, value);
  return writer.finish();
}

export function tableNodeVectors(): VectorFile {
  const leaf = [entry('', 'first'), entry('a', ''), entry('a\0b', 'x'), entry('ab', 'y')];
  const node = ADDRESSES[3] as Address;
  const branch = [
    { key: bytes(''), value: new Uint8Array([0]) },
    { key: bytes('m'), value: new Uint8Array([1]) },
  ];
  const children = [node, { ...node, offset: node.offset + 1 }];
  const refused = (name: string, hex: string | Uint8Array) => ({ name, hex, code: 'damaged' });
  const longKey = new ByteWriter().varint(32_769).raw(new Uint8Array(32_769)).finish().toHex();
  const longValue = new ByteWriter().varint(262_145).finish().toHex();
  return {
    path: 'backup-format/table-nodes.json',
    description:
      'Nodes of tables (spec/backup-format.md §6.2). "children" are the addresses that a branch names; a failure with "child" is one of reading that entry as a branch.',
    cases: [
      {
        name: 'a leaf, with an empty key and a tombstone',
        hex: encodeNode(0, leaf, []),
        value: { height: 0, addresses: [], entries: leaf },
      },
      {
        name: 'a leaf whose values need addresses',
        hex: encodeNode(0, [{ key: bytes('k'), value: new Uint8Array([2]) }], ADDRESSES),
        value: {
          height: 0,
          addresses: ADDRESSES,
          entries: [{ key: bytes('k'), value: new Uint8Array([2]) }],
        },
      },
      {
        name: 'a branch',
        hex: encodeNode(1, branch, children),
        value: { height: 1, addresses: children, entries: branch },
        children,
      },
    ],
    failures: [
      refused('nothing there', ''),
      refused('no entries', '00000000'),
      refused('height 8', '08000001000000'),
      refused('more entries than bytes', '0000007f000000'),
      refused('the first key shares bytes with nothing', '00000001010000'),
      refused('a key shares more than the key before has', '000000020001610002016200'),
      refused('two equal keys', '00000002000161000100 00'.replace(' ', '')),
      refused('keys that fall', '000000020001620000016100'),
      refused('a key over 32 KiB', `0000000100${longKey}00`),
      refused('a value over 256 KiB', `000000010000${longValue}${'00'.repeat(16)}`),
      refused('a value cut short', '000000010000050000'),
      refused('a byte after it', '0000000100000000'),
      {
        name: 'a child that the node does not list',
        hex: encodeNode(1, [{ key: bytes(''), value: new Uint8Array([2]) }], children),
        child: 0,
        code: 'damaged',
      },
      {
        name: 'a child that is a chunk',
        hex: encodeNode(1, [{ key: bytes(''), value: new Uint8Array([0]) }], ADDRESSES.slice(0, 1)),
        child: 0,
        code: 'damaged',
      },
      {
        name: 'a branch with a tombstone',
        hex: encodeNode(1, [{ key: bytes(''), value: new Uint8Array(0) }], children),
        child: 0,
        code: 'damaged',
      },
    ],
  };
}

export function tableStackVectors(): VectorFile {
  const day1 = [entry('a', '1'), entry('b', '1'), entry('d', '1')];
  const day2 = [entry('b', ''), entry('c', '2'), entry('d', '2')];
  const day3 = [entry('b', '3'), entry('c', ''), entry('e', '')];
  const stack = [day1, day2, day3].map((entries) => encodeNode(0, entries, []));
  const lookUp = (key: string, value: string | null) => ({ key: bytes(key), value });
  return {
    path: 'backup-format/table-stacks.json',
    description:
      'Tables: layers oldest first, each here one leaf, and what a reader sees of them (spec/backup-format.md §6.1). A failure is a key that is not in the table.',
    cases: [
      { name: 'no layer', layers: [], view: [] },
      { name: 'one layer', layers: stack.slice(0, 1), view: day1 },
      {
        name: 'a second one hides a key and changes another',
        layers: stack.slice(0, 2),
        view: [entry('a', '1'), entry('c', '2'), entry('d', '2')],
      },
      {
        name: 'a third one brings a key back, hides one, and hides one that never was',
        layers: stack,
        view: [entry('a', '1'), entry('b', '3'), entry('d', '2')],
      },
    ],
    failures: [
      { name: 'never there', layers: stack, ...lookUp('aa', null) },
      { name: 'hidden by the newest layer', layers: stack, ...lookUp('c', null) },
      { name: 'hidden by a layer between', layers: stack.slice(0, 2), ...lookUp('b', null) },
      { name: 'a tombstone of nothing', layers: stack, ...lookUp('e', null) },
    ],
  };
}

const PACKS = ['p', 'q', 'r'].map((name, k) => ({
  name: drawn(`pack ${name}`),
  salt: drawn(`salt of ${name}`),
  epoch: 0,
  k,
}));

function segment(
  stream: Uint8Array,
  [start, lengthBytes]: readonly [number, number],
  packNumber: number,
  contentOffset: number,
): Segment {
  const pack = PACKS[packNumber];
  if (pack === undefined) throw new RangeError('"packNumber" must be 0 to 2');
  return { stream, start, lengthBytes, pack, contentOffset };
}

function indexLayer(segments: readonly Segment[]): Uint8Array {
  const entries = segments.map((part) => ({
    key: segmentKey(part.stream, part.start),
    value: encodeSegmentValue(part),
  }));
  entries.sort((a, b) => compareBytes(a.key, b.key));
  return encodeNode(0, entries, []);
}

export function indexVectors(): VectorFile {
  const older = [
    segment(STREAM_A, [0, 1000], 0, 0),
    segment(STREAM_A, [1000, 500], 1, 0),
    segment(STREAM_B, [0, 100], 1, 500),
    segment(STREAM_B, [200, 100], 1, 600),
    segment(STREAM_B, [300, 100], 1, 700),
    segment(STREAM_B, [400, 10], 1, 800),
  ];
  // Pack p was cleared out: bytes 100 to 199 and 600 to 999 of stream a are still in use.
  const newer = [segment(STREAM_A, [100, 100], 2, 40), segment(STREAM_A, [600, 400], 2, 140)];
  const tombstone = (stream: Uint8Array, start: number) => ({
    key: segmentKey(stream, start),
    value: new Uint8Array(0),
  });
  const entries = newer.map((part) => ({
    key: segmentKey(part.stream, part.start),
    value: encodeSegmentValue(part),
  }));
  const layers = [
    indexLayer(older),
    encodeNode(0, [tombstone(STREAM_A, 0), ...entries, tombstone(STREAM_B, 100)], []),
  ];
  const head = [
    segment(STREAM_B, [100, 50], 2, 700),
    segment(STREAM_B, [200, 50], 2, 800),
    segment(STREAM_B, [320, 10], 2, 850),
  ];
  const range = (packNumber: number, contentOffset: number, lengthBytes: number) => ({
    pack: PACKS[packNumber]?.name,
    contentOffset,
    lengthBytes,
  });
  const ask = (stream: Uint8Array, offset: number, lengthBytes: number) => ({
    stream,
    offset,
    lengthBytes,
  });
  return {
    path: 'backup-format/index-lookups.json',
    description:
      'From a run of a stream to runs of packs (spec/backup-format.md §7.4). The layers of the index are oldest first, each here one leaf; the head brings further segments.',
    given: { layers, headSegments: head },
    cases: [
      { name: 'moved to another pack', ...ask(STREAM_A, 100, 100), ranges: [range(2, 40, 100)] },
      { name: 'inside a segment', ...ask(STREAM_A, 650, 10), ranges: [range(2, 190, 10)] },
      {
        name: 'over the end of a segment',
        ...ask(STREAM_A, 990, 20),
        ranges: [range(2, 530, 10), range(1, 0, 10)],
      },
      {
        name: 'from the index into the head',
        ...ask(STREAM_B, 90, 60),
        ranges: [range(1, 590, 10), range(2, 700, 50)],
      },
      {
        name: 'in the index and in the head',
        ...ask(STREAM_B, 200, 10),
        ranges: [range(2, 800, 10)],
      },
      {
        name: 'in the head, inside a segment of the index',
        ...ask(STREAM_B, 325, 5),
        ranges: [range(2, 855, 5)],
      },
      {
        name: 'over a segment of the head that begins inside one of the index',
        ...ask(STREAM_B, 310, 95),
        ranges: [range(1, 710, 90), range(1, 800, 5)],
      },
      {
        name: 'one byte of the head, gone from the index',
        ...ask(STREAM_B, 149, 1),
        ranges: [range(2, 749, 1)],
      },
    ],
    failures: [
      { name: 'a stream that is not there', ...ask(drawn('stream c', 16), 0, 1), code: 'damaged' },
      { name: 'before the first segment', ...ask(STREAM_A, 50, 10), code: 'damaged' },
      { name: 'between two segments', ...ask(STREAM_A, 300, 10), code: 'damaged' },
      { name: 'over the end into a gap', ...ask(STREAM_A, 190, 20), code: 'damaged' },
      { name: 'after the last segment', ...ask(STREAM_A, 1500, 1), code: 'damaged' },
      { name: 'over the end into what nothing holds', ...ask(STREAM_B, 149, 2), code: 'damaged' },
      { name: 'beyond what the head has of it', ...ask(STREAM_B, 255, 1), code: 'damaged' },
      {
        name: 'beyond a segment of the head that begins inside one of the index',
        ...ask(STREAM_B, 335, 1),
        code: 'damaged',
      },
    ],
  };
}
