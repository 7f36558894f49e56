/** Runs vectors/backup-format/file-contents.json and file-paths.json. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decodeFileEntry, decodeTableNode, type FileEntry } from '@holdfast/core/backup-format';
import { fromHex, toHex } from '@holdfast/core/bytes';
import { craftSnapshot } from '../fixture/craft-snapshot.ts';
import { readTree } from '../fixture/folder-tree.ts';
import { temporaryBackup, temporaryFolder } from '../fixture/temporary-backup.ts';
import { readVectors, streamReader } from '../fixture/vector-files.ts';
import { placeContent } from './file-content.ts';
import type { Placement } from './placement.ts';
import { RestoreFile } from './restore-file.ts';

interface Vector {
  readonly name: string;
  /** A leaf of a table of files. */
  readonly files: string;
  readonly blobs: string;
  readonly content: string;
  readonly restored: readonly string[];
  readonly lost?: readonly string[];
  readonly code: string;
}

interface VectorFile {
  readonly cases: readonly Vector[];
  readonly failures: readonly Vector[];
}

function entriesOf(vector: Vector): { key: Uint8Array; entry: FileEntry }[] {
  const { entries, addresses } = decodeTableNode(fromHex(vector.files));
  return entries.map(({ key, value }) => ({ key, entry: decodeFileEntry(addresses, value) }));
}

async function readContent(t: TestContext, vector: Vector): Promise<string> {
  const entry = entriesOf(vector)[0]?.entry;
  assert.ok(entry?.kind === 'file' || entry?.kind === 'database');
  const read = streamReader(vector.blobs);
  const folder = Buffer.from(temporaryFolder(t));
  const name = Buffer.from('f');
  const nothing = (): void => undefined;
  const options = { folder, name, entry, overwrite: false, finish: nothing, ended: nothing };
  const file = new RestoreFile(options);
  const placements: Placement[] = [];
  try {
    await placeContent(read, entry, file, {
      put: async (batch) => void placements.push(...batch),
      drain: async () => undefined,
    });
  } finally {
    file.abandon();
  }
  const content = new Uint8Array(entry.bytes);
  for (const { address, fileOffset, from, lengthBytes } of placements) {
    content.set((await read(address)).subarray(from, from + lengthBytes), fileOffset);
  }
  return toHex(content);
}

const contents = readVectors<VectorFile>('backup-format/file-contents.json');
for (const vector of contents.cases) {
  test(`a file has the content of the vector: ${vector.name}`, async (t) => {
    assert.equal(await readContent(t, vector), vector.content);
  });
}
for (const vector of contents.failures) {
  test(`a file is refused as the vector says: ${vector.name}`, async (t) => {
    await assert.rejects(readContent(t, vector), { code: vector.code });
  });
}

const paths = readVectors<VectorFile>('backup-format/file-paths.json');
for (const vector of [...paths.cases, ...paths.failures]) {
  test(`paths are restored as the vector says: ${vector.name}`, async (t) => {
    const own = await temporaryBackup(t);
    const backup = await own.open();
    await craftSnapshot(backup, async () => entriesOf(vector));
    await backup.close();
    const { to, failed } = await own.restore({ to: join(own.folder, 'to') });
    const slashes = (key: string): string =>
      Buffer.from(key, 'hex').toString().replaceAll('\0', '/');
    const there = [...(await readTree(to)).keys()].filter((path) => path !== '.');
    assert.deepEqual(
      there.map((path) => path.slice('./'.length)).sort(),
      vector.restored.map(slashes).sort(),
    );
    const lost = failed.map(({ path, code }) => `${Buffer.from(path)} ${code}`);
    assert.deepEqual(
      lost,
      (vector.lost ?? []).map((key) => `${slashes(key)} ${vector.code}`),
    );
  });
}
