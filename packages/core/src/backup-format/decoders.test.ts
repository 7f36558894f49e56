/**
 * Whatever bytes a decoder gets, it reads them or says `damaged` (or `format-too-new`), in bounded
 * time: random bytes, and mutations of the valid encodings in vectors/backup-format.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../bytes/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { HoldfastError } from '../errors/index.ts';
import { encodeHeadLink, parseHead } from '../head/index.ts';
import { Secret } from '../secret/index.ts';
import { objectMagic, sealBox } from '../wire/index.ts';
import { type Address, AddressBook } from './address.ts';
import { decodeChunkEntry, decodeFileEntry } from './file-entry.ts';
import { openHeadState } from './head-state.ts';
import { Keyring, openKeyring } from './keyring.ts';
import { decodePackIndex } from './pack-index.ts';
import { decodePageEntry } from './page-entry.ts';
import { decodePathKey } from './path-key.ts';
import { decodeRoot } from './root.ts';
import { decodeSegment } from './segment-entry.ts';
import { decodeSnapshotEntry } from './snapshot-entry.ts';
import { childAddress, decodeTableNode } from './table-node.ts';

const RUNS = process.env.SLOW === '1' ? 10_000 : 1500;

function seedsOf(file: string, kind?: string): Uint8Array[] {
  const url = new URL(`../../../../vectors/backup-format/${file}.json`, import.meta.url);
  const { cases, failures } = JSON.parse(readFileSync(url, 'utf8')) as {
    cases: { kind?: string; key?: string; hex?: string }[];
    failures: { kind?: string; key?: string; hex?: string }[];
  };
  return [...cases, ...failures]
    .filter((vector) => kind === undefined || vector.kind === kind)
    .map((vector) => Uint8Array.fromHex(vector.hex ?? vector.key ?? ''))
    .filter((bytes) => bytes.length < 2000);
}

const ADDRESSES = AddressBook.decode(new ByteReader(seedsOf('addresses')[1] as Uint8Array, 'test'));

/** Random bytes, or a valid encoding with a few bytes changed, cut out or put in. */
function bytesLike(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat(3),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc
        .constantFrom('00', '7f', '80', 'ff', 'ffffffffffffff0f', '8080808010')
        .map(Uint8Array.fromHex),
    ),
  });
  const edited = fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([seed, edits]) => {
      let bytes = [...seed];
      for (const { at, cut, put } of edits) {
        const from = at % (bytes.length + 1);
        bytes = [...bytes.slice(0, from), ...put, ...bytes.slice(from + cut)];
      }
      return new Uint8Array(bytes);
    });
  return fc.oneof({ weight: 4, arbitrary: edited }, fc.uint8Array({ maxLength: 300 }));
}

function assertReadOrRefused(error: unknown): void {
  assert.ok(error instanceof HoldfastError, String(error));
  assert.match(error.code, /^(damaged|format-too-new)$/);
}

function readsAnything(
  name: string,
  seeds: readonly Uint8Array[],
  decode: (bytes: Uint8Array, other: Uint8Array) => unknown,
): void {
  test(`${name} reads any bytes or says that they are damaged`, () => {
    fc.assert(
      fc.property(bytesLike(seeds), fc.uint8Array({ maxLength: 30 }), (bytes, other) => {
        try {
          decode(bytes, other);
        } catch (error) {
          assertReadOrRefused(error);
        }
      }),
      { numRuns: RUNS },
    );
  });
}

readsAnything('AddressBook.decode()', seedsOf('addresses'), (bytes) =>
  AddressBook.decode(new ByteReader(bytes, 'test')),
);
readsAnything('decodePackIndex()', seedsOf('pack-index'), (bytes) => decodePackIndex(bytes, 0));
readsAnything('decodeTableNode()', seedsOf('table-nodes'), (bytes) => {
  const node = decodeTableNode(bytes);
  for (const entry of node.entries) childAddress(node, entry);
});
readsAnything('decodeFileEntry()', seedsOf('file-entries'), (bytes) =>
  decodeFileEntry(ADDRESSES, bytes),
);
readsAnything('decodeChunkEntry()', seedsOf('table-entries', 'chunk'), (bytes, key) =>
  decodeChunkEntry(ADDRESSES, key.length < 8 ? new Uint8Array(8) : key, bytes),
);
readsAnything('decodePageEntry()', seedsOf('table-entries', 'page'), (bytes) =>
  decodePageEntry(ADDRESSES, bytes, 4096),
);
readsAnything('decodeSegment()', seedsOf('table-entries', 'segment'), (bytes, key) =>
  decodeSegment(key.length < 24 ? new Uint8Array(24) : key.subarray(0, 24), bytes),
);
readsAnything('decodePathKey()', seedsOf('table-entries', 'path'), decodePathKey);
readsAnything('decodeSnapshotEntry()', seedsOf('snapshots', 'snapshot'), (bytes) =>
  decodeSnapshotEntry(ADDRESSES, bytes),
);
readsAnything('decodeRoot()', seedsOf('snapshots', 'root'), decodeRoot);

const EPOCH_KEY = new Uint8Array(32).fill(1);

test('openHeadState() reads any sealed state or says that it is damaged', async () => {
  const url = new URL('../../../../vectors/head/heads.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(url, 'utf8'));
  const link = { ...parseHead(Uint8Array.fromHex(cases[1].object)), epoch: 0 };
  const keyring = new Keyring([new Secret(EPOCH_KEY)]);
  const seed = new ByteWriter(200).varint(1).raw(new Uint8Array(16)).varint(1);
  seed.raw(new Uint8Array(69)).varint(1).raw(new Uint8Array(16)).varint(1).varint(0).varint(0);
  seed.varint(5).varint(0).varint(0);
  seed.raw(seedsOf('addresses')[2] as Uint8Array);
  await fc.assert(
    fc.asyncProperty(bytesLike([seed.finish()]), async (bytes) => {
      const plain = new Uint8Array(3832);
      plain.set(bytes);
      const context = encodeHeadLink(link);
      const box = await sealBox(nodeCrypto, EPOCH_KEY, 'head-seal', context, plain);
      try {
        await openHeadState(nodeCrypto, keyring, { ...link, box });
      } catch (error) {
        assertReadOrRefused(error);
      }
    }),
    { numRuns: RUNS / 3 },
  );
});

test('openKeyring() reads any sealed keyring or says that it is damaged', async () => {
  const backupId = new Uint8Array(32);
  const magic = objectMagic('KEYS');
  await fc.assert(
    fc.asyncProperty(fc.nat(255), fc.uint8Array({ maxLength: 100 }), async (count, bytes) => {
      const plain = new Uint8Array(4008);
      plain.set([count, ...bytes]);
      const context = new Uint8Array([...magic, ...backupId]);
      const box = await sealBox(nodeCrypto, EPOCH_KEY, 'keyring-seal', context, plain);
      const object = new Uint8Array([...magic, ...box]);
      try {
        await openKeyring(nodeCrypto, new Secret(EPOCH_KEY), backupId, object);
      } catch (error) {
        assertReadOrRefused(error);
      }
    }),
    { numRuns: RUNS / 10 },
  );
});

test('counts that promise more than there is cost no memory', () => {
  const huge = new ByteWriter().varint(Number.MAX_SAFE_INTEGER).finish();
  const before = process.memoryUsage().arrayBuffers;
  for (const prefix of [[], [0], [0, 0], [0, 0, 0]]) {
    const bytes = new Uint8Array([...prefix, ...huge]);
    if (prefix.length < 2) {
      assert.throws(() => AddressBook.decode(new ByteReader(bytes, 'test')), { code: 'damaged' });
    }
    assert.throws(() => decodePackIndex(bytes, 6), { code: 'damaged' });
    assert.throws(() => decodeTableNode(bytes), { code: 'damaged' });
    assert.throws(() => decodeRoot(bytes), { code: 'damaged' });
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
});

test('a megabyte of the shortest entries is read', () => {
  const stream = new Uint8Array(16);
  const count = 250_000;
  const book = new ByteWriter(1 << 20).varint(1).raw(stream).varint(count);
  for (let i = 0; i < count; i++) book.u8(0).varint(0).svarint(0).varint(1);
  const addresses: readonly Address[] = AddressBook.decode(new ByteReader(book.finish(), 'test'));
  assert.equal(addresses.length, count);
  assert.equal(addresses[count - 1]?.offset, count - 1);
});
