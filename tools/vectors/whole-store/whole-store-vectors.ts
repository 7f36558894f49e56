// A whole small store: four snapshots, of which one was forgotten and pruned away, and all that a
// reader must find in the others. An epoch began before the pruning.

import {
  type Address,
  encodeSnapshotEntry,
  type Segment,
  snapshotKey,
  type Table,
} from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { drawn } from '../counting-crypto.ts';
import type { Patch } from '../patch.ts';
import type { VectorFile } from '../vector-file.ts';
import { sampleDatabases } from './sample-database.ts';
import { describeTree, type SnapshotTree, TreeMaker } from './snapshot-tree.ts';
import { headName, packName, type Row, StoreMaker, type Stream } from './store-maker.ts';

const MIB = 1_048_576;
const BIG_BYTES = 5 * MIB + 123;
const BEGUN_MS = 1_767_254_400_000;
const DAY_MS = 86_400_000;
const SOURCES = ['/home/ada/Chats', '/home/ada/contacts.vcf'];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Day {
  readonly tree: SnapshotTree;
  readonly files: Table;
  readonly streams: { readonly data: Stream; readonly tables: Stream };
  /** Lists the snapshot in the catalog. */
  readonly row: Row;
}

class StoreHistory {
  readonly maker: StoreMaker;
  readonly days: Day[] = [];
  readonly #known = new Map<string, Address>();
  readonly #databases = sampleDatabases();

  constructor(maker: StoreMaker) {
    this.maker = maker;
  }

  /** Stores a snapshot's files and tables. */
  async addDay(
    base: Pick<Day, 'tree' | 'files'>,
    change: (tree: TreeMaker) => Promise<void>,
    unreadableCount = 0,
  ): Promise<Day> {
    const number = this.days.length + 1;
    const streams = { data: this.maker.newStream(), tables: this.maker.newStream() };
    const made = new TreeMaker(this.maker, streams, base.tree, this.#known, number);
    await change(made);
    await made.database('Chats/msgstore.db', this.#databases[number - 1] as Uint8Array);
    const files = [...base.files, made.layer(base.tree)];
    const entries = [...made.tree.values()];
    const contents = entries.flatMap(({ content }) => (content === null ? [] : [content.length]));
    const snapshot = {
      atMs: BEGUN_MS + number * DAY_MS,
      deviceId: this.maker.deviceId,
      deviceName: 'Ada’s phone',
      sources: SOURCES.map(bytes),
      files,
      fileCount: contents.length,
      folderCount: entries.filter(({ entry }) => entry.kind === 'folder').length,
      totalBytes: contents.reduce((sum, length) => sum + length, 0),
      bytesAdded: number === 1 ? 786_432 : 262_144,
      unreadableCount,
    };
    const encode: Row['encode'] = (book) => encodeSnapshotEntry(book, snapshot);
    const day = { tree: made.tree, files, streams, row: { key: snapshotKey(number), encode } };
    this.days.push(day);
    return day;
  }
}

async function firstDay(tree: TreeMaker): Promise<void> {
  const photo = drawn('photo', 240_000);
  tree.folder('Chats');
  tree.folder('Chats/Empty', { mode: 0o700 });
  tree.folder('Chats/Media', { mode: 0o2750 });
  tree.link('Chats/Media/latest', 'photo.jpg');
  tree.link('Chats/Media/gone', '/nowhere/at all');
  await tree.file('Chats/Media/voice.opus', [[0, drawn('voice', 300_000)]]);
  await tree.file('Chats/Media/photo.jpg', [[0, photo]], { mtimeNs: -86_399_999_999_999n });
  await tree.file('Chats/Media/photo (copy).jpg', [[0, photo]], { mode: 0o400 });
  await tree.file('Chats/empty.txt', []);
  await tree.file('Chats/notes.txt', [[0, bytes('Bring the tickets.\n')]], {
    mode: 0o600,
    xattrs: [{ name: bytes('user.note'), value: new Uint8Array([0, 255, 10]) }],
  });
  await tree.file('Chats/-a name\nof two lines', [[0, bytes('-')]]);
  await tree.file(new Uint8Array([...bytes('Chats\0caf'), 0xe9]), [[0, bytes('é\n')]]);
  await tree.file(
    'Chats/export.txt',
    [
      [0, new Uint8Array(MIB).fill(97)],
      [MIB, new Uint8Array(1000).fill(98)],
      [MIB + 5000, bytes('after a hole')],
    ],
    { bytes: MIB + 9000 },
  );
  await tree.bigFile('Chats/archive.bin', bigPlaces(1), [0, 3 * MIB, 4 * MIB], BIG_BYTES);
  await tree.file('contacts.vcf', [[0, bytes('BEGIN:VCARD\nFN:Grace\nEND:VCARD\n')]]);
}

async function newNotes(tree: TreeMaker): Promise<void> {
  await tree.file('Chats/notes.txt', [[0, bytes('Bring the tickets, and a coat.\n')]]);
  await tree.file('Chats/Media/new.jpg', [[0, drawn('new photo', 3000)]]);
}

async function secondDay(tree: TreeMaker): Promise<void> {
  await tree.file('Chats/draft.txt', [[0, drawn('draft', 500)]]);
  await newNotes(tree);
}

async function thirdDay(tree: TreeMaker): Promise<void> {
  await newNotes(tree);
  tree.remove('Chats/empty.txt');
  await tree.bigFile('Chats/archive.bin', bigPlaces(3), [3 * MIB, 4 * MIB], BIG_BYTES);
}

async function fourthDay(tree: TreeMaker): Promise<void> {
  tree.link('Chats/Media/photo (copy).jpg', 'photo.jpg');
  tree.folder('Chats/Empty', { mode: 0o755 });
  await tree.file('Chats/Empty/no more', [[0, bytes('something')]]);
}

function bigPlaces(day: number): (readonly [number, Uint8Array])[] {
  const middle = day === 1 ? new Uint8Array(70_000).fill(99) : drawn('middle of the archive', 700);
  const places: (readonly [number, Uint8Array])[] = [
    [0, new Uint8Array(MIB).fill(120)],
    [3 * MIB, middle],
  ];
  return day === 1 ? [...places, [4 * MIB, bytes('gone on the third day')]] : places;
}

/** The vector file, and the objects of the store by name. */
export interface WholeStore {
  readonly file: VectorFile;
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

export async function wholeStoreVectors(): Promise<WholeStore> {
  const maker = await StoreMaker.make();
  const history = new StoreHistory(maker);
  const commit = async (
    tables: Stream,
    [index, catalog]: readonly [Table, Table],
    nextSnapshotNumber: number,
  ): Promise<readonly Segment[]> => {
    const atMs = BEGUN_MS + nextSnapshotNumber * DAY_MS;
    return await maker.commit(tables, { index, catalog, nextSnapshotNumber }, atMs);
  };

  const one = await history.addDay({ tree: new Map(), files: [] }, firstDay);
  const catalogOfOne = maker.layer(one.streams.tables, [one.row]);
  const kept = await commit(one.streams.tables, [[], [catalogOfOne]], 2);

  // The second snapshot, and a third that builds on the first.
  const two = await history.addDay(one, secondDay);
  const indexOfTwo = maker.indexLayer(two.streams.tables, kept);
  const catalogOfTwo = [catalogOfOne, maker.layer(two.streams.tables, [two.row])];
  const packOfTwo = await commit(two.streams.tables, [[indexOfTwo], catalogOfTwo], 3);

  const three = await history.addDay(one, thirdDay);
  const indexOfThree = [indexOfTwo, maker.indexLayer(three.streams.tables, packOfTwo)];
  const catalogOfThree = [...catalogOfTwo, maker.layer(three.streams.tables, [three.row])];
  const packOfThree = await commit(three.streams.tables, [indexOfThree, catalogOfThree], 4);

  await maker.beginEpoch();
  // The second is forgotten and pruned away: what the third needs of both packs moves to another.
  const pruning = maker.newStream();
  const shown = maker.layer(pruning, [one.row, three.row]);
  const wholeIndex = maker.indexLayer(pruning, kept);
  maker.move([two.streams.data, three.streams.data, three.streams.tables], [shown]);
  const moved = await commit(pruning, [[wholeIndex], [shown]], 4);
  maker.remove([...packOfTwo, ...packOfThree]);

  const four = await history.addDay(three, fourthDay, 1);
  const index = [wholeIndex, maker.indexLayer(four.streams.tables, moved)];
  const catalog = [shown, maker.layer(four.streams.tables, [four.row])];
  const newest = await commit(four.streams.tables, [index, catalog], 5);

  const [{ pack }] = kept as [Segment];
  const sealedAnew = await maker.sealAnew(pack, 70_000);
  const packs = { kept, moved, newest, sealedAnew };
  return { objects: maker.objects, file: describe(history, packs) };
}

interface Packs {
  readonly kept: readonly Segment[];
  readonly moved: readonly Segment[];
  readonly newest: readonly Segment[];
  /** To the first pack of those kept. */
  readonly sealedAnew: readonly Patch[];
}

function describe(
  { maker, days }: StoreHistory,
  { kept, moved, newest, sealedAnew }: Packs,
): VectorFile {
  const nameOf = (segments: readonly Segment[]): string =>
    packName((segments[0] as Segment).pack.name);
  const [first, old, new_] = [kept, moved, newest].map(nameOf) as [string, string, string];
  const objects = [...maker.objects].sort(([a], [b]) => (a < b ? -1 : 1));
  const keyring = maker.keyringName;
  const contents = lost(days, 4, ['Chats/Media/voice.opus', 'Chats/Media/photo.jpg']);
  const heads = [1, 2, 3, 4, 5].map(headName);
  const flip = (name: string, at: number): [string, Patch] => {
    const object = maker.objects.get(name) as Uint8Array;
    return [name, [at, toHex(Uint8Array.of((object[at] as number) ^ 1))]];
  };
  return {
    path: 'whole-store/whole-store.json',
    description:
      'The store in the folder beside this, and what a reader finds in it: a case per snapshot. A failure is the store without the objects "without", with "patches" ([name, [offset, bytes]]), and with the objects "swapped" under each other\'s names, opened by a device that remembers nothing. One with a snapshot opens; of that snapshot the paths "lost" (keys) fail with the code, and the others read as before.',
    given: {
      rootKey: maker.rootKey,
      backupId: maker.keys.backupId,
      newestHead: 5,
      objects: objects.map(([name, object]) => ({
        name,
        bytes: object.length,
        sha256: nodeCrypto.sha256(object),
      })),
    },
    cases: [1, 3, 4].map((number) => ({
      snapshot: number,
      atMs: BEGUN_MS + number * DAY_MS,
      deviceName: 'Ada’s phone',
      sources: SOURCES,
      unreadableCount: number === 4 ? 1 : 0,
      tree: describeTree((days[number - 1] as Day).tree),
    })),
    failures: [
      { name: 'another root key', rootKey: drawn('another root key'), code: 'wrong-key' },
      { name: 'no heads', without: heads, code: 'damaged' },
      { name: 'no keyring', without: [keyring], code: 'object-missing' },
      { name: 'a keyring flipped', patches: [flip(keyring, 100)], code: 'damaged' },
      {
        name: 'all heads flipped',
        patches: heads.map((name) => flip(name, 4090)),
        code: 'damaged',
      },
      {
        name: 'all heads flipped, and no recovery record',
        without: ['records/key-000001'],
        patches: heads.map((name) => flip(name, 4090)),
        code: 'wrong-key',
      },
      { name: 'the pack of the root gone', without: [new_], code: 'object-missing' },
      {
        name: 'the pack of an older layer of the index gone',
        without: [old],
        code: 'object-missing',
      },
      { name: 'these two packs swapped', swapped: [old, new_], code: 'damaged' },
      {
        name: 'a pack of contents gone',
        without: [first],
        snapshot: 4,
        lost: contents,
        code: 'object-missing',
      },
      {
        name: 'a frame of a pack of an earlier epoch flipped',
        patches: [flip(first, 70_000)],
        snapshot: 4,
        lost: contents,
        code: 'damaged',
      },
      {
        name: 'the same frame, sealed anew by who has the earlier epoch’s key',
        patches: sealedAnew.map((patch) => [first, patch]),
        snapshot: 4,
        lost: contents,
        code: 'damaged',
      },
    ],
  };
}

/** Keys of paths, of which the snapshot must have each. */
function lost(days: readonly Day[], snapshot: number, paths: readonly string[]): string[] {
  return paths.map((path) => {
    const key = toHex(bytes(path.replaceAll('/', '\0')));
    if (!days[snapshot - 1]?.tree.has(key)) throw new RangeError(`"paths" must be there: ${path}`);
    return key;
  });
}
