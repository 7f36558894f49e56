/** What is laid into packs comes back from them, and the packs are as few and small as can be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { Secret } from '../secret/index.ts';
import type { BlobKind } from './address.ts';
import { Keyring } from './keyring.ts';
import { PACK_INDEX_MAX_BYTES, PACK_UNIT_BYTES } from './limits.ts';
import { derivePackKeys, openFrames, type PackRef, sealPack } from './pack.ts';
import { PackDraft, type Piece, viewPieces } from './pack-draft.ts';
import {
  decodePackIndex,
  type IndexedBlob,
  type PackIndex,
  packIndexOffset,
} from './pack-index.ts';
import { forEachStretch, packBytes, packContentBytes } from './pack-layout.ts';
import { cutTail, restOf, tailSizes } from './tail.ts';

const memoryFor = (k: number): Uint8Array => new Uint8Array(packBytes(k));

const SLOW = process.env.SLOW === '1';
const keyring = new Keyring([new Secret(new Uint8Array(32).fill(5))]);

interface BlobShape {
  readonly stream: number;
  readonly kind: BlobKind;
  readonly bytes: number;
}

/** Pieces as workers write them: blob after blob, streams mixed. */
function piecesOf(shapes: readonly BlobShape[]): Piece[] {
  const streams = [0, 1, 2].map((i) => new Uint8Array(16).fill(i + 1));
  const ends = [0, 0, 0];
  return shapes.map(({ stream: number, kind, bytes: lengthBytes }, i) => {
    const stream = streams[number] as Uint8Array;
    const offset = ends[number] as number;
    ends[number] = offset + lengthBytes;
    const bytes = new Uint8Array(lengthBytes).fill(i + 1);
    new DataView(bytes.buffer).setUint8(0, i);
    const names = new Uint8Array(kind === 'chunk' ? 32 : kind === 'pages' ? 16 * 64 : 0).fill(i);
    const length = { storedBytes: lengthBytes, plainBytes: lengthBytes };
    const address = { kind, stream, offset, ...length, compressed: false };
    return { stream, offset, bytes, blob: { address, names } };
  });
}

const shape = fc.record({
  stream: fc.nat(2),
  kind: fc.constantFrom<BlobKind>('chunk', 'pages', 'node'),
  bytes: fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: 100_000 }),
    fc.integer({ min: 200_000, max: 262_144 }),
  ),
});

interface Opened {
  readonly index: PackIndex;
  readonly content: Uint8Array;
}

async function sealAndOpen(draft: PackDraft): Promise<Opened> {
  const object = draft.finish();
  const ref: PackRef = await sealPack(nodeCrypto, keyring, draft.k, object);
  await openFrames(nodeCrypto, await derivePackKeys(nodeCrypto, keyring, ref), 0, object);
  const content = new Uint8Array(packContentBytes(ref.k));
  forEachStretch(0, content.length, (at, done, length) => {
    content.set(object.subarray(at, at + length), done);
  });
  const from = packIndexOffset(content.subarray(-4), ref.k);
  return { index: decodePackIndex(content.subarray(from, -4), ref.k), content };
}

/** Every stream's bytes, and every blob, from the opened packs alone. */
function gather(packs: readonly Opened[]): {
  streams: Map<string, Uint8Array>;
  blobs: IndexedBlob[];
} {
  const streams = new Map<string, Uint8Array>();
  const blobs: IndexedBlob[] = [];
  for (const { index, content } of packs) {
    let from = 0;
    for (const { stream, start, lengthBytes } of index.parts) {
      const known = streams.get(stream.toHex()) ?? new Uint8Array(0);
      assert.equal(known.length, start);
      const part = content.subarray(from, from + lengthBytes);
      streams.set(stream.toHex(), new Uint8Array(Buffer.concat([known, part])));
      from += lengthBytes;
    }
    blobs.push(...index.blobs);
  }
  return { streams, blobs };
}

test('pieces of any lengths come back from the packs that cutTail() lays them into', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(shape, { minLength: 1, maxLength: 12 }), async (shapes) => {
      const pieces = piecesOf(shapes);
      const packs: Opened[] = [];
      for await (const draft of cutTail(pieces, memoryFor)) packs.push(await sealAndOpen(draft));
      const { streams, blobs } = gather(packs);
      for (const { stream, offset, bytes } of pieces) {
        const whole = streams.get(stream.toHex()) as Uint8Array;
        assert.equal(Buffer.compare(whole.subarray(offset, offset + bytes.length), bytes), 0);
      }
      assert.deepEqual(
        blobs.map(({ address, names }) => [address.stream.toHex(), address.offset, names.toHex()]),
        pieces.map(({ blob, stream, offset }) => [stream.toHex(), offset, blob?.names.toHex()]),
      );
    }),
    { numRuns: SLOW ? 500 : 25 },
  );
});

test('cutTail() takes the fewest packs for the next multiple of 256 KiB that holds everything', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(shape, { minLength: 1, maxLength: 40 }), async (shapes) => {
      const pieces = piecesOf(shapes);
      const drafts = await Array.fromAsync(cutTail(pieces, memoryFor));
      const units = drafts.reduce((sum, { k }) => sum + 2 ** k, 0);
      assert.deepEqual(
        drafts.map(({ k }) => k),
        tailSizes(units),
      );
      const plainBytes = shapes.reduce((sum, { bytes }) => sum + bytes, 0);
      const names = pieces.reduce((sum, { blob }) => sum + (blob?.names.length ?? 0), 0);
      const overhead = drafts.length * 200 + units * 4 * 16 + shapes.length * 80 + names;
      assert.ok(units * PACK_UNIT_BYTES >= plainBytes);
      assert.ok((units - 1) * PACK_UNIT_BYTES < plainBytes + overhead);
    }),
    { numRuns: SLOW ? 1000 : 40 },
  );
});

test('cutTail() gives nothing for nothing', async () => {
  assert.deepEqual(await Array.fromAsync(cutTail([], memoryFor)), []);
  assert.throws(() => tailSizes(0), RangeError);
});

test('a draft gives back the pieces that were appended to it', () => {
  const pieces = piecesOf([
    { stream: 0, kind: 'chunk', bytes: 100 },
    { stream: 1, kind: 'node', bytes: 70_000 },
    { stream: 0, kind: 'pages', bytes: 9 },
  ]);
  const memory = new Uint8Array(packBytes(0)).fill(0xaa);
  const draft = new PackDraft(0, memory);
  for (const piece of pieces) assert.equal(draft.append(piece), piece.bytes.length);
  const views = viewPieces(memory, draft.layout);
  assert.deepEqual(
    views.map(({ offset, bytes, blob }) => [offset, bytes.length, blob !== null]),
    [
      [0, 100, true],
      [0, 65_340, true],
      [65_340, 4660, false],
      [100, 9, true],
    ],
  );
  assert.deepEqual(
    Buffer.concat(views.map(({ bytes }) => bytes)),
    Buffer.concat(pieces.map(({ bytes }) => bytes)),
  );
  assert.equal(draft.parts.length, 3);
});

test('a blob that does not fit goes on in the next pack, and is indexed where it begins', async () => {
  const [piece] = piecesOf([{ stream: 0, kind: 'chunk', bytes: 300_000 }]) as [Piece];
  const first = new PackDraft(0, new Uint8Array(packBytes(0)));
  const taken = first.append(piece);
  assert.ok(taken > 261_000 && taken < 262_000);
  assert.equal(first.append(restOf(piece, taken)), 0);
  const second = new PackDraft(0, new Uint8Array(packBytes(0)));
  assert.equal(second.append(restOf(piece, taken)), 300_000 - taken);
  const opened = [await sealAndOpen(first), await sealAndOpen(second)];
  assert.deepEqual(
    opened.map(({ index }) => index.blobs.length),
    [1, 0],
  );
  assert.deepEqual(opened[1]?.index.parts[0]?.start, taken);
});

test('what lay in the memory of a draft before does not get into the pack', async () => {
  const memory = new Uint8Array(packBytes(0)).fill(0xaa);
  const draft = new PackDraft(0, memory);
  draft.append(piecesOf([{ stream: 0, kind: 'chunk', bytes: 10 }])[0] as Piece);
  const { content } = await sealAndOpen(draft);
  const indexFrom = packIndexOffset(content.subarray(-4), 0);
  assert.ok(content.subarray(10, indexFrom).every((byte) => byte === 0));
});

test('a draft takes no more blobs, and no more parts, than an index may list', async () => {
  const [stream, other] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
  const memory = new Uint8Array(packBytes(6));
  const lengths = { storedBytes: 1, plainBytes: 1 };
  const blobs = new PackDraft(6, memory);
  for (let offset = 0; ; offset++) {
    const address = { kind: 'node', stream, offset, ...lengths, compressed: false } as const;
    const blob = { address, names: new Uint8Array(0) };
    if (blobs.append({ stream, offset, bytes: new Uint8Array(1), blob }) === 0) break;
  }
  assert.equal(blobs.append({ stream, offset: 65_536, bytes: new Uint8Array(1), blob: null }), 1);
  assert.equal((await sealAndOpen(blobs)).index.blobs.length, 65_536);
  const parts = new PackDraft(6, memory);
  const bytes = new Uint8Array(1);
  for (let offset = 0; ; offset++) {
    const piece = { stream: offset % 2 === 0 ? stream : other, offset, bytes, blob: null };
    if (parts.append(piece) === 0) break;
  }
  assert.equal((await sealAndOpen(parts)).index.parts.length, 65_536);
});

test('a pack of very many small chunks keeps an index that readers accept', async () => {
  const stream = new Uint8Array(16).fill(1);
  const draft = new PackDraft(6, new Uint8Array(packBytes(6)));
  let offset = 0;
  for (;;) {
    const length = { storedBytes: 1, plainBytes: 1 };
    const address = { kind: 'chunk', stream, offset, ...length, compressed: false } as const;
    const blob = { address, names: new Uint8Array(32) };
    if (draft.append({ stream, offset, bytes: new Uint8Array(1), blob }) === 0) break;
    offset++;
  }
  const { index, content } = await sealAndOpen(draft);
  assert.equal(index.blobs.length, offset);
  const indexBytes = content.length - 4 - packIndexOffset(content.subarray(-4), 6);
  assert.ok(indexBytes <= PACK_INDEX_MAX_BYTES);
});
