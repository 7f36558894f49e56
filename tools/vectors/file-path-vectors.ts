// Vectors of paths that fit together, or don't (spec/backup-format.md §7.1).

import { encodeFileEntry, type FileEntry } from '@holdfast/core/backup-format';
import { encodeNode, PLAIN_FIELDS } from './blob-stream.ts';
import type { VectorFile } from './vector-file.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const FOLDER: FileEntry = { ...PLAIN_FIELDS, mode: 0o700, kind: 'folder' };
const FILE: FileEntry = {
  ...PLAIN_FIELDS,
  kind: 'file',
  bytes: 0,
  chunks: { kind: 'inline', chunks: [] },
};
const LINK: FileEntry = { ...PLAIN_FIELDS, kind: 'link', target: bytes('somewhere') };

export function filePathVectors(): VectorFile {
  const paths = (...entries: readonly (readonly [string, FileEntry])[]) => ({
    files: encodeNode(
      0,
      entries.map(([path, entry]) => ({
        key: bytes(path),
        encode: (book) => encodeFileEntry(book, entry),
      })),
    ),
  });
  const keys = (...some: readonly string[]): Uint8Array[] => some.map(bytes);
  const refused = (
    name: string,
    [restored, lost]: readonly [readonly string[], readonly string[]],
    ...entries: readonly (readonly [string, FileEntry])[]
  ) => ({
    name,
    ...paths(...entries),
    restored: keys(...restored),
    lost: keys(...lost),
    code: 'damaged',
  });
  const name = (bad: string) =>
    refused(
      `the name ${JSON.stringify(bad)}`,
      [['a', 'z'], [`a\0${bad}`]],
      ['a', FOLDER],
      [`a\0${bad}`, FILE],
      ['z', FILE],
    );
  return {
    path: 'backup-format/file-paths.json',
    description:
      'Which paths of a table of files are restored (spec/backup-format.md §7.1). "files" is the table\'s only leaf; files in it have no content. In a failure the keys "lost" end in the code, and those "restored" are there all the same.',
    cases: [
      {
        name: 'a folder, and what is in it',
        ...paths(['a', FOLDER], ['a\0b', FILE], ['a\0c', LINK], ['a-', FILE]),
        restored: keys('a', 'a\0b', 'a\0c', 'a-'),
      },
      {
        name: 'sources that are a file and a link',
        ...paths(['a', FILE], ['b', LINK]),
        restored: keys('a', 'b'),
      },
      {
        name: 'folders on the way that have no entry',
        ...paths(['a\0b\0c', FILE]),
        restored: keys('a', 'a\0b', 'a\0b\0c'),
      },
    ],
    failures: [
      refused('below a file', [['a', 'b'], ['a\0b']], ['a', FILE], ['a\0b', FILE], ['b', FILE]),
      refused('below a link', [['a', 'b'], ['a\0b']], ['a', LINK], ['a\0b', FILE], ['b', FILE]),
      refused(
        'a folder below a link, and what is in it',
        [['a'], ['a\0b', 'a\0b\0c']],
        ['a', LINK],
        ['a\0b', FOLDER],
        ['a\0b\0c', FILE],
      ),
      refused(
        'below a file, past a folder without an entry',
        [['a'], ['a\0b\0c']],
        ['a', FILE],
        ['a\0b\0c', FILE],
      ),
      name('.'),
      name('..'),
      name('b/c'),
      refused('an empty name', [['z'], ['a\0\0b']], ['a\0\0b', FILE], ['z', FILE]),
      refused(
        'an empty name at the end',
        [['a', 'z'], ['a\0']],
        ['a', FOLDER],
        ['a\0', FILE],
        ['z', FILE],
      ),
      refused('an empty path', [['z'], ['']], ['', FILE], ['z', FILE]),
    ],
  };
}
