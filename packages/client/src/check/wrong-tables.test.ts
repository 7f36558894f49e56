/** Backups that a writer made wrongly: every frame opens, and yet something is not right. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import {
  chunkKey,
  decodeFileEntry,
  decodePageEntry,
  decodePageKey,
  encodeChunkValue,
  encodePageEntry,
  type FileEntry,
  type PageEntry,
  pageKey,
} from '@holdfast/core/backup-format';
import {
  craftSnapshot,
  type Forge,
  type ForgedEntry,
  forgedFile,
  forgedFolder,
} from '../fixture/craft-snapshot.ts';
import { makeLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import type { Backup } from '../repository/backup.ts';
import { findSnapshot } from '../snapshots/list-snapshots.ts';
import { readTable } from '../table/index.ts';
import { check, checkWith } from './check.ts';
import type { Finding } from './finding.ts';
import { RecomputedNames } from './recomputed-names.ts';

/** A backup with a database, a file, and what a test makes of them. */
async function crafted(
  test: TestContext,
  forge: (tools: Forge, stored: StoredEntries) => Promise<readonly ForgedEntry[]>,
): Promise<Backup> {
  const folder = await temporaryBackup(test);
  makeLedger(folder.path('ledger.db'));
  writeFileSync(folder.path('photo.jpg'), randomBytes(100_000));
  await folder.backUp();
  const backup = await folder.open();
  test.after(() => backup.close());
  const stored = await storedEntries(backup);
  await craftSnapshot(backup, (tools) => forge(tools, stored));
  return backup;
}

interface StoredEntries {
  readonly database: Extract<FileEntry, { kind: 'database' }>;
  readonly pages: readonly PageEntry[];
  readonly file: Extract<FileEntry, { kind: 'file' }>;
}

async function storedEntries(backup: Backup): Promise<StoredEntries> {
  const { read } = backup.reader();
  const rows = await readTable(read, (await findSnapshot(backup, '1')).files);
  const entries = rows.map(({ addresses, value }) => decodeFileEntry(addresses, value));
  const database = entries.find((entry) => entry.kind === 'database');
  const file = entries.find((entry) => entry.kind === 'file');
  assert.ok(database && file);
  const pages = (await readTable(read, database.pages)).map((row, i) => {
    assert.equal(decodePageKey(row.key), i);
    return decodePageEntry(row.addresses, row.value, database.pageBytes);
  });
  return { database, pages, file };
}

async function forgeDatabase(
  { table }: Forge,
  { database }: StoredEntries,
  pages: readonly (readonly [number, PageEntry])[],
): Promise<ForgedEntry> {
  const rows = pages.map(([page, entry]) => ({
    key: pageKey(page),
    encode: (book: Parameters<typeof encodePageEntry>[0]) => encodePageEntry(book, entry),
  }));
  return { key: 'forged.db', entry: { ...database, pages: await table(rows) } };
}

function only(findings: readonly Finding[]): Finding {
  assert.equal(findings.length, 1, findings.map(({ what }) => what).join('\n'));
  assert.equal(findings[0]?.severity, 'damage');
  return findings[0] as Finding;
}

test('check() finds a page that a table names otherwise than its content is named', async (t) => {
  const backup = await crafted(t, async (tools, stored) => {
    const pages = stored.pages.map((page, i): [number, PageEntry] => [
      i,
      i === 3 ? { ...page, name: new Uint8Array(16) } : page,
    ]);
    return [await forgeDatabase(tools, stored, pages)];
  });
  assert.deepEqual((await check(backup)).findings, []);
  for (const names of [new RecomputedNames(), new RecomputedNames(1)]) {
    const { findings } = await checkWith(backup, { readData: 'all' }, names);
    const { what, affects } = only(findings);
    assert.match(what, /^A table names a chunk or page otherwise/);
    assert.deepEqual(affects, ['snapshot 2', 'forged.db']);
  }
});

test('check() finds two pages that a table has exchanged', async (t) => {
  const backup = await crafted(t, async (tools, stored) => {
    const pages = stored.pages.map((page, i): [number, PageEntry] => {
      const other = stored.pages[i === 3 ? 4 : i === 4 ? 3 : i] as PageEntry;
      return [i, { ...other, name: page.name }];
    });
    return [await forgeDatabase(tools, stored, pages)];
  });
  const { findings } = await check(backup, { readData: 'all' });
  assert.match(only(findings).what, /^Tables name 2 chunks or pages otherwise/);
});

test('check() finds a database that lacks a page', async (t) => {
  const backup = await crafted(t, async (tools, stored) => {
    const pages = stored.pages.map((page, i): [number, PageEntry] => [i, page]);
    return [await forgeDatabase(tools, stored, pages.toSpliced(2, 1))];
  });
  const { what, affects } = only((await check(backup)).findings);
  assert.equal(what, 'A database lacks pages');
  assert.deepEqual(affects, ['snapshot 2', 'forged.db']);
});

test('check() finds a chunk whose name is not that of its content', async (t) => {
  const backup = await crafted(t, async ({ blob }) => {
    const address = await blob('chunk', randomBytes(1000, 3));
    return [{ key: 'forged.jpg', entry: forgedFile(address) }];
  });
  assert.deepEqual((await check(backup)).findings, []);
  const { what, affects } = only((await check(backup, { readData: 'all' })).findings);
  assert.match(what, /^packs\/.* holds a blob whose content is not what it should be$/);
  assert.deepEqual(affects, ['snapshot 2', 'forged.jpg']);
});

test('check() finds an address that the index does not know, or that no blob begins at', async (t) => {
  const backup = await crafted(t, async (_tools, { file }) => {
    assert.ok(file.chunks.kind === 'inline');
    const [chunk] = file.chunks.chunks;
    assert.ok(chunk);
    const nowhere = { ...chunk.address, stream: new Uint8Array(16) };
    const inside = {
      ...chunk.address,
      offset: chunk.address.offset + 1,
      storedBytes: 10,
      plainBytes: 10,
    };
    return [
      { key: 'inside.jpg', entry: forgedFile(inside) },
      { key: 'nowhere.jpg', entry: forgedFile(nowhere) },
    ];
  });
  const structure = only((await check(backup)).findings);
  assert.match(structure.what, /^The index does not know where a blob/);
  assert.deepEqual(structure.affects, ['snapshot 2', 'nowhere.jpg']);
  const { findings } = await check(backup, { readData: 'all' });
  assert.equal(findings.length, 2);
  const inside = findings.find(({ affects }) => affects.includes('inside.jpg'));
  assert.match(inside?.what ?? '', /that no pack holds there$/);
});

test('check() finds paths and chunk lists that make no sense', async (t) => {
  const backup = await crafted(t, async ({ table }, { file }) => {
    assert.ok(file.chunks.kind === 'inline');
    const [chunk] = file.chunks.chunks;
    assert.ok(chunk);
    const row = (fileOffset: number) => ({
      key: chunkKey(fileOffset),
      encode: (book: Parameters<typeof encodeChunkValue>[0]) => encodeChunkValue(book, chunk),
    });
    const overlapping = await table([row(0), row(10)]);
    const chunks = { kind: 'table', table: overlapping } as const;
    return [
      { key: '../up', entry: forgedFolder() },
      { key: 'overlap.jpg', entry: { ...file, bytes: 10 * file.bytes, chunks } },
    ];
  });
  const { findings } = await check(backup);
  const seen = findings.map(({ what, affects }) => [what, ...affects]).sort();
  assert.deepEqual(seen, [
    ['An entry of a chunk list can not be read', 'snapshot 2', 'overlap.jpg'],
    ['An entry of a file table can not be read', 'snapshot 2', '../up'],
  ]);
});
