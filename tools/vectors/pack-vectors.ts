// Vectors of packs: geometry and tail cut (spec/backup-format.md §4.1, §4.5), a whole sealed pack.

import {
  type Address,
  forEachStretch,
  type IndexedBlob,
  Keyring,
  PackDraft,
  type PackRef,
  type Piece,
  packBytes,
  packContentBytes,
  packIndexOffset,
  sealPack,
  tailSizes,
} from '@holdfast/core/backup-format';
import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { countingCrypto, drawn } from './counting-crypto.ts';
import type { Patch } from './patch.ts';
import type { VectorFile } from './vector-file.ts';

export function packLayoutVectors(): VectorFile {
  const k6End = packContentBytes(6);
  const ranges = [
    [0, 1],
    [65_439, 1],
    [65_439, 2],
    [65_440, 1],
    [65_440, 65_520],
    [65_440, 65_521],
    [0, packContentBytes(0)],
    [k6End - 4, 4],
    [1_000_000, 0],
  ] as const;
  return {
    path: 'backup-format/pack-layout.json',
    description:
      'Lengths of packs, where content stands in them, and how a tail is cut (spec/backup-format.md §4.1, §4.5). A stretch is [offset in the object, bytes of the range before it, length].',
    cases: [
      ...[0, 1, 2, 3, 4, 5, 6].map((k) => ({
        kind: 'size',
        k,
        objectBytes: 262_144 * 2 ** k,
        frames: 4 * 2 ** k,
        contentBytes: 4 * 2 ** k * 65_520 - 80,
      })),
      ...ranges.map(([contentOffset, lengthBytes]) => ({
        kind: 'range',
        contentOffset,
        lengthBytes,
        stretches: stretches(contentOffset, lengthBytes),
      })),
      ...[1, 2, 3, 7, 8, 63, 64, 65, 127, 128, 200].map((units) => ({
        kind: 'tail',
        units,
        sizes: tailSizes(units),
      })),
      { kind: 'index-offset', k: 0, lastBytes: '00000000', offset: packContentBytes(0) - 4 },
      { kind: 'index-offset', k: 0, lastBytes: '00000100', offset: packContentBytes(0) - 260 },
      { kind: 'index-offset', k: 0, lastBytes: '0003ff6c', offset: 0 },
      { kind: 'index-offset', k: 6, lastBytes: '00400000', offset: k6End - 4 - 4_194_304 },
    ],
    failures: [
      { kind: 'size', k: 7, code: 'RangeError' },
      { kind: 'size', k: -1, code: 'RangeError' },
      { kind: 'size', k: 0.5, code: 'RangeError' },
      { kind: 'tail', units: 0, code: 'RangeError' },
      { kind: 'tail', units: 1.5, code: 'RangeError' },
      { kind: 'index-offset', k: 0, lastBytes: '0003ff6d', code: 'damaged' },
      { kind: 'index-offset', k: 0, lastBytes: 'ffffffff', code: 'damaged' },
      { kind: 'index-offset', k: 6, lastBytes: '00400001', code: 'damaged' },
    ],
  };
}

function stretches(contentOffset: number, lengthBytes: number): number[][] {
  const found: number[][] = [];
  forEachStretch(contentOffset, lengthBytes, (...stretch) => {
    found.push(stretch);
  });
  return found;
}

const STREAM = drawn('a stream', 16);
/** A zstd frame of one run-length block: 197 bytes `A`. */
const ZSTD_FRAME = Uint8Array.fromHex('28b52ffd20c52b060041');

const BIG_CHUNK_BYTES = 150_000;

function pieces(): readonly Piece[] {
  const made: Piece[] = [];
  let offset = 0;
  const add = (
    bytes: Uint8Array,
    fields: Omit<Address, 'stream' | 'offset' | 'storedBytes'>,
    names: Uint8Array,
  ): void => {
    const address: Address = { ...fields, stream: STREAM, offset, storedBytes: bytes.length };
    const blob: IndexedBlob = { address, names };
    made.push({ stream: STREAM, offset, bytes, blob });
    offset += bytes.length;
  };
  const plain = { kind: 'chunk', compressed: false } as const;
  add(new TextEncoder().encode('a small chunk'), { ...plain, plainBytes: 13 }, drawn('name 1'));
  const big = Uint8Array.from({ length: BIG_CHUNK_BYTES }, (_, i) => i % 251);
  add(big, { ...plain, plainBytes: BIG_CHUNK_BYTES }, drawn('name 2'));
  add(ZSTD_FRAME, { kind: 'chunk', compressed: true, plainBytes: 197 }, drawn('name 3'));
  const pages = { kind: 'pages', compressed: false, plainBytes: 1024 } as const;
  add(drawn('two pages', 1024), pages, drawn('names of two pages', 32));
  return made;
}

export async function packVectors(): Promise<VectorFile> {
  const epochKeys = [drawn('epoch key 0'), drawn('epoch key 1')];
  const keyring = new Keyring(epochKeys.map((bytes) => new Secret(bytes.slice())));
  const draft = new PackDraft(0, new Uint8Array(packBytes(0)));
  for (const piece of pieces()) draft.append(piece);
  const object = draft.finish();
  const content = readContent(object, 0, packContentBytes(0));
  const pack = await sealPack(countingCrypto('a pack'), keyring, 0, object);
  const bigFrom = 13;
  const bigTo = bigFrom + BIG_CHUNK_BYTES;
  const indexFrom = packIndexOffset(content.slice(-4), 0);
  return {
    path: 'backup-format/pack.json',
    description:
      'A pack of 256 KiB (spec/backup-format.md §4). Its content is zeros but for the given runs; in a run with "modulo", byte i is i mod that. A patch is [offset in the object, bytes]. Frames are read from multiple firstFrame of 64 KiB on.',
    given: {
      epochKeys,
      pack,
      header: object.slice(0, 80),
      content: [
        { offset: 0, hex: content.slice(0, bigFrom) },
        { offset: bigFrom, lengthBytes: BIG_CHUNK_BYTES, modulo: 251 },
        { offset: bigTo, hex: content.slice(bigTo, draft.contentBytes) },
        { offset: indexFrom, hex: content.slice(indexFrom) },
      ],
      contentSha256: nodeCrypto.sha256(content),
      frameTags: [1, 2, 3, 4].map((end) => object.slice(end * 65_536 - 16, end * 65_536)),
      indexOffset: indexFrom,
      parts: draft.parts,
    },
    cases: [
      { name: 'the whole pack', firstFrame: 0, frames: 4 },
      { name: 'its first frame', firstFrame: 0, frames: 1 },
      { name: 'frames from the middle', firstFrame: 1, frames: 2 },
      { name: 'its last frame', firstFrame: 3, frames: 1 },
    ],
    failures: packFailures(pack, object),
  };
}

function packFailures(pack: PackRef, object: Uint8Array): object[] {
  const { salt, epoch, k } = pack;
  const flip = (at: number): Patch[] => [
    [at, Buffer.from([(object[at] as number) ^ 1]).toString('hex')],
  ];
  const whole = { firstFrame: 0, frames: 4 };
  const last = { firstFrame: 3, frames: 1 };
  const fails = (name: string, fields: object) => ({ name, pack: { salt, epoch, k }, ...fields });
  const damaged = (name: string, fields: object) => ({ ...fails(name, fields), code: 'damaged' });
  const frame = (number: number) =>
    Buffer.from(object.subarray(number * 65_536, (number + 1) * 65_536));
  return [
    ...[0, 7, 11, 12, 15, 16, 47, 48, 79].map((at) =>
      damaged(`header byte ${at} flipped`, { ...whole, patches: flip(at) }),
    ),
    ...[80, 65_519, 65_520, 65_535, 65_536, 200_000, 262_143].map((at) =>
      damaged(`byte ${at} flipped`, { ...whole, patches: flip(at) }),
    ),
    damaged('last byte flipped, its frame read alone', { ...last, patches: flip(262_143) }),
    damaged('last frame read as the first but one', {
      firstFrame: 2,
      frames: 1,
      copies: [[3 * 65_536, 2 * 65_536, 65_536]],
    }),
    damaged('two frames exchanged', {
      firstFrame: 1,
      frames: 2,
      copies: [
        [65_536, 131_072, 65_536],
        [131_072, 65_536, 65_536],
      ],
    }),
    damaged('a pack of another salt in its place, read whole', {
      ...whole,
      pack: { salt: drawn('another salt'), epoch, k },
    }),
    damaged('a pack of another salt in its place, one frame read', {
      ...last,
      pack: { salt: drawn('another salt'), epoch, k },
    }),
    damaged('the wrong epoch, one frame read', { ...last, pack: { salt, epoch: 0, k } }),
    damaged('an epoch that the keyring lacks', { ...last, pack: { salt, epoch: 2, k } }),
    damaged('the wrong length, one frame read', { ...last, pack: { salt, epoch, k: 1 } }),
    damaged('cut to less than a frame', { firstFrame: 3, frames: 1, cutBytes: 1 }),
    {
      name: 'header of a newer version',
      header: concatBytes(object.slice(0, 7), new Uint8Array([2]), object.slice(8, 80)),
      code: 'format-too-new',
    },
    {
      name: 'header of version 0',
      header: concatBytes(object.slice(0, 7), new Uint8Array(1), object.slice(8, 80)),
      code: 'damaged',
    },
    { name: 'header of a keyring', header: `48464b4559530001${'00'.repeat(72)}`, code: 'damaged' },
    { name: 'header with k = 7', header: headerWith(object, 12, 7), code: 'damaged' },
    { name: 'header with padding not zero', header: headerWith(object, 14, 1), code: 'damaged' },
    { name: 'header cut short', header: object.slice(0, 79), code: 'damaged' },
    {
      name: 'header of a frame',
      header: new Uint8Array(frame(1).subarray(0, 80)),
      code: 'damaged',
    },
  ];
}

function headerWith(object: Uint8Array, at: number, value: number): Uint8Array {
  const header = object.slice(0, 80);
  header[at] = value;
  return header;
}

function readContent(object: Uint8Array, from: number, lengthBytes: number): Uint8Array {
  const content = new Uint8Array(lengthBytes);
  forEachStretch(from, lengthBytes, (at, done, length) => {
    content.set(object.subarray(at, at + length), done);
  });
  return content;
}
