// Vectors of tables whose layers are trees of several nodes (spec/backup-format.md §6).

import type { Address } from '@holdfast/core/backup-format';
import { BlobStream, layer } from './blob-stream.ts';
import type { VectorFile } from './vector-file.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A leaf of such keys, each with itself as its value. */
function leafOf(stream: BlobStream, ...keys: readonly string[]): Address {
  return stream.leaf(keys.map((key) => ({ key: bytes(key), encode: () => bytes(key) })));
}

/** One layer, whose top node is made last. */
function tree(height: number, make: (stream: BlobStream) => Address): object {
  const stream = new BlobStream();
  const root = make(stream);
  return { table: [layer(root, height)], blobs: stream.bytes };
}

export function tableTreeVectors(): VectorFile {
  const refused = (name: string, fields: object) => ({ name, ...fields, code: 'damaged' });
  const twoLeaves = (
    first: string,
    one: readonly string[],
    second: string,
    two: readonly string[],
  ) =>
    tree(1, (stream) => {
      const leaves = [leafOf(stream, ...one), leafOf(stream, ...two)] as const;
      return stream.branch(1, [
        [first, leaves[0]],
        [second, leaves[1]],
      ]);
    });
  /** Two branches above three leaves. */
  const threeLevels = (keys: readonly string[]) =>
    tree(2, (stream) => {
      const left = stream.branch(1, [
        ['a', leafOf(stream, 'a')],
        ['c', leafOf(stream, ...keys)],
      ]);
      const right = stream.branch(1, [['m', leafOf(stream, 'm', 'n')]]);
      return stream.branch(2, [
        ['a', left],
        ['m', right],
      ]);
    });
  const view = (...keys: readonly string[]) => ({
    view: keys.map((key) => ({ key: bytes(key), value: bytes(key) })),
  });
  const two = new BlobStream();
  const older = two.branch(1, [
    ['a', leafOf(two, 'a', 'b')],
    ['d', leafOf(two, 'd', 'e')],
  ]);
  const newer = two.leaf([
    { key: bytes('b'), encode: () => new Uint8Array(0) },
    { key: bytes('c'), encode: () => bytes('c') },
    { key: bytes('d'), encode: () => bytes('new') },
  ]);
  return {
    path: 'backup-format/table-trees.json',
    description:
      'Tables whose layers are trees (spec/backup-format.md §6). "blobs" is the content of the one stream that all addresses are of, from its first byte on.',
    cases: [
      {
        name: 'two leaves',
        ...twoLeaves('a', ['a', 'b'], 'c', ['c', 'd']),
        ...view('a', 'b', 'c', 'd'),
      },
      { name: 'three levels', ...threeLevels(['c', 'd']), ...view('a', 'c', 'd', 'm', 'n') },
      {
        name: 'a branch above one leaf',
        ...tree(1, (stream) => stream.branch(1, [['a', leafOf(stream, 'a')]])),
        ...view('a'),
      },
      {
        name: 'two layers of different height, and counts that are wrong',
        table: [layer(older, 1, 0), layer(newer, 0, 1000)],
        blobs: two.bytes,
        view: [...view('a', 'c').view, { key: bytes('d'), value: bytes('new') }, ...view('e').view],
      },
    ],
    failures: [
      refused('a child begins after the key of its branch', twoLeaves('a', ['b'], 'c', ['c'])),
      refused(
        'a child begins before the key of its branch',
        twoLeaves('a', ['a'], 'c', ['b', 'c']),
      ),
      refused('a child ends with the key of the next', twoLeaves('a', ['a', 'c'], 'c', ['c'])),
      refused(
        'a child ends beyond the key of the next',
        twoLeaves('a', ['a', 'd'], 'c', ['c', 'e']),
      ),
      refused('a leaf ends beyond the branch that holds it', threeLevels(['c', 'm'])),
      refused(
        'one leaf twice',
        tree(1, (stream) => {
          const leaf = leafOf(stream, 'a');
          return stream.branch(1, [
            ['a', leaf],
            ['b', leaf],
          ]);
        }),
      ),
      refused(
        'a leaf two levels below a branch',
        tree(2, (stream) => stream.branch(2, [['a', leafOf(stream, 'a')]])),
      ),
      refused(
        'a branch of the height of the one above it',
        tree(1, (stream) =>
          stream.branch(1, [['a', stream.branch(1, [['a', leafOf(stream, 'a')]])]]),
        ),
      ),
      refused(
        'a top node lower than its layer says',
        tree(1, (stream) => leafOf(stream, 'a')),
      ),
      refused(
        'a top node higher than its layer says',
        tree(0, (stream) => stream.branch(1, [['a', leafOf(stream, 'a')]])),
      ),
      refused(
        'a child that is no node',
        tree(1, (stream) => stream.branch(1, [['a', stream.append('chunk', bytes('a'))]])),
      ),
    ],
  };
}
