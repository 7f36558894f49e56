// Vectors of files that have tables of their own: of pages, of chunks (spec/backup-format.md §7.1, §7.2).

import {
  type Address,
  chunkKey,
  encodeChunkValue,
  encodeFileEntry,
  encodePageEntry,
  type FileEntry,
  pageKey,
  type Table,
} from '@holdfast/core/backup-format';
import { BlobStream, encodeNode, layer, PLAIN_FIELDS, type Row } from './blob-stream.ts';
import { drawn } from './counting-crypto.ts';
import type { VectorFile } from './vector-file.ts';

const PAGE_BYTES = 512;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A leaf of a table of files with the one entry that `make` gives. */
function content(make: (stream: BlobStream) => FileEntry): object {
  const stream = new BlobStream();
  const entry = make(stream);
  const files = encodeNode(0, [
    { key: bytes('f'), encode: (book) => encodeFileEntry(book, entry) },
  ]);
  return { files, blobs: stream.bytes };
}

type PageRow = readonly [page: number, group: Address, slot: number];

function databaseOf(lengthPages: number, pages: Table): FileEntry {
  const shape = { bytes: lengthPages * PAGE_BYTES, pageBytes: PAGE_BYTES, walStamp: bytes('') };
  return { ...PLAIN_FIELDS, kind: 'database', ...shape, pages };
}

function pageRows(rows: readonly PageRow[]): Row[] {
  const name = drawn('name of a page', 16);
  return rows.map(([page, group, slot]) => ({
    key: pageKey(page),
    encode: (book) => encodePageEntry(book, { name, group, slot }),
  }));
}

/** Pages of A, B, … */
function letters(text: string): Uint8Array {
  const page = (letter: string): number[] => Array(PAGE_BYTES).fill(letter.charCodeAt(0));
  return Uint8Array.from([...text].flatMap(page));
}

type ChunkRow = readonly [offset: number, text: string];

function chunkRows(stream: BlobStream, rows: readonly ChunkRow[]): Row[] {
  const name = drawn('name of a chunk');
  return rows.map(([fileOffset, text]) => {
    if (text === '') return { key: chunkKey(fileOffset), encode: () => new Uint8Array(0) };
    const address = stream.append('chunk', bytes(text));
    const encode: Row['encode'] = (book) => encodeChunkValue(book, { fileOffset, name, address });
    return { key: chunkKey(fileOffset), encode };
  });
}

function fileOf(lengthBytes: number, table: Table): FileEntry {
  return { ...PLAIN_FIELDS, kind: 'file', bytes: lengthBytes, chunks: { kind: 'table', table } };
}

export function fileContentVectors(): VectorFile {
  const database = (lengthPages: number, rows: readonly (readonly [number, number])[]) =>
    content((stream) => {
      const group = stream.append('pages', letters('ABC'));
      const pages = rows.map(([page, slot]) => [page, group, slot] as const);
      return databaseOf(lengthPages, [layer(stream.leaf(pageRows(pages)), 0)]);
    });
  const file = (lengthBytes: number, ...layers: readonly (readonly ChunkRow[])[]) =>
    content((stream) => {
      const table = layers.map((rows) => layer(stream.leaf(chunkRows(stream, rows)), 0));
      return fileOf(lengthBytes, table);
    });
  const refused = (name: string, fields: object) => ({ name, ...fields, code: 'damaged' });
  return {
    path: 'backup-format/file-contents.json',
    description:
      'Contents of files that have tables of their own (spec/backup-format.md §7.1, §7.2). "files" is a leaf with one entry; "blobs" the content of the one stream that all addresses are of. Names of chunks and pages are not those of the content: a reader who restores does not look at them.',
    cases: [
      {
        name: 'pages in another order than in their group',
        ...database(3, [
          [0, 2],
          [1, 0],
          [2, 1],
        ]),
        content: letters('CAB'),
      },
      {
        name: 'one page in two places',
        ...database(2, [
          [0, 1],
          [1, 1],
        ]),
        content: letters('BB'),
      },
      {
        name: 'pages beyond the length',
        ...database(1, [
          [0, 0],
          [1, 1],
          [7, 2],
        ]),
        content: letters('A'),
      },
      {
        name: 'pages in two layers, of two groups',
        ...content((stream) => {
          const first = stream.append('pages', letters('AB'));
          const older = stream.leaf(
            pageRows([
              [0, first, 0],
              [1, first, 1],
            ]),
          );
          const second = stream.append('pages', letters('X'));
          return databaseOf(2, [
            layer(older, 0),
            layer(stream.leaf(pageRows([[1, second, 0]])), 0),
          ]);
        }),
        content: letters('AX'),
      },
      { name: 'a database without pages', ...content(() => databaseOf(0, [])), content: '' },
      {
        name: 'chunks side by side',
        ...file(6, [
          [0, 'abc'],
          [3, 'def'],
        ]),
        content: bytes('abcdef'),
      },
      {
        name: 'chunks with holes before, between and after',
        ...file(9, [
          [1, 'ab'],
          [5, 'c'],
        ]),
        content: bytes('\0ab\0\0c\0\0\0'),
      },
      {
        name: 'chunks in two layers, of which the newer hides one and changes another',
        ...file(
          6,
          [
            [0, 'ab'],
            [2, 'cd'],
            [4, 'ef'],
          ],
          [
            [2, ''],
            [4, 'x'],
          ],
        ),
        content: bytes('ab\0\0x\0'),
      },
      {
        name: 'a newer chunk where one that it hides would reach into it',
        ...file(
          6,
          [[0, 'abcd']],
          [
            [0, 'x'],
            [2, 'yz'],
          ],
        ),
        content: bytes('x\0yz\0\0'),
      },
      { name: 'a table of no chunks', ...content(() => fileOf(3, [])), content: bytes('\0\0\0') },
    ],
    failures: [
      refused('no first page', database(2, [[1, 0]])),
      refused(
        'no page between two',
        database(3, [
          [0, 0],
          [2, 1],
        ]),
      ),
      refused(
        'no last page',
        database(3, [
          [0, 0],
          [1, 1],
        ]),
      ),
      refused(
        'no page at all',
        content(() => databaseOf(1, [])),
      ),
      refused('a page outside its group', database(1, [[0, 3]])),
      refused(
        'a page that is gone in a newer layer',
        content((stream) => {
          const group = stream.append('pages', letters('AB'));
          const older = stream.leaf(
            pageRows([
              [0, group, 0],
              [1, group, 1],
            ]),
          );
          const newer = stream.leaf([{ key: pageKey(0), encode: () => new Uint8Array(0) }]);
          return databaseOf(2, [layer(older, 0), layer(newer, 0)]);
        }),
      ),
      refused(
        'a page that lies in a chunk',
        content((stream) => {
          const chunk = stream.append('chunk', letters('A'));
          return databaseOf(1, [layer(stream.leaf(pageRows([[0, chunk, 0]])), 0)]);
        }),
      ),
      refused(
        'a page whose key has three bytes',
        content((stream) => {
          const [row] = pageRows([[0, stream.append('pages', letters('A')), 0]]) as [Row];
          const short = { ...row, key: new Uint8Array(3) };
          return databaseOf(1, [layer(stream.leaf([short]), 0)]);
        }),
      ),
      refused(
        'chunks that overlap',
        file(6, [
          [0, 'abc'],
          [2, 'def'],
        ]),
      ),
      refused('chunks of two layers that overlap', file(6, [[0, 'abc']], [[2, 'd']])),
      refused(
        'a chunk beyond the length',
        file(3, [
          [0, 'abc'],
          [3, 'd'],
        ]),
      ),
      refused('a chunk over the end', file(3, [[1, 'abc']])),
      refused(
        'a chunk that is a group of pages',
        content((stream) => {
          const address = stream.append('pages', letters('A'));
          const chunk = { fileOffset: 0, name: drawn('name of a chunk'), address };
          const row = { key: chunkKey(0), encode: encodeChunk(chunk) };
          return fileOf(PAGE_BYTES, [layer(stream.leaf([row]), 0)]);
        }),
      ),
      refused(
        'a chunk at 2^64 − 1',
        content((stream) => {
          const [row] = chunkRows(stream, [[0, 'a']]) as [Row];
          const far = { ...row, key: new Uint8Array(8).fill(255) };
          return fileOf(10, [layer(stream.leaf([far]), 0)]);
        }),
      ),
    ],
  };
}

function encodeChunk(chunk: Parameters<typeof encodeChunkValue>[1]): Row['encode'] {
  return (book) => encodeChunkValue(book, chunk);
}
