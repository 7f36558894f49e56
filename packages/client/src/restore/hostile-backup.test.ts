import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  type Address,
  chunkKey,
  encodeChunkValue,
  encodePageEntry,
  type FileEntry,
  pageKey,
} from '@holdfast/core/backup-format';
import type { NoteEvent } from '../events.ts';
import {
  craftSnapshot,
  type Forge,
  type ForgedEntry,
  forgedFile,
  forgedFolder,
  forgedLink,
  PLAIN_FIELDS,
} from '../fixture/craft-snapshot.ts';
import { readTree } from '../fixture/folder-tree.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import { Xattrs } from '../platform/xattrs.ts';

const NAME = new Uint8Array(16);
const VALUE = Buffer.from('x');

/** Restores a forged snapshot, and checks that nothing outside the target was touched. */
async function restoreForged(
  t: TestContext,
  forge: (tools: Forge, outside: string) => Promise<readonly ForgedEntry[]>,
) {
  const own = await temporaryBackup(t);
  const outside = join(own.folder, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'file'), 'mine');
  const backup = await own.open();
  await craftSnapshot(backup, (tools) => forge(tools, outside));
  await backup.close();
  const before = await readTree(outside);
  const namesBefore = readdirSync(own.folder);
  const results = [];
  for (const overwrite of [false, true]) {
    const to = join(own.folder, 'target', 'deep', 'down');
    const result = await own.restore({ to, overwrite }).catch((error: unknown) => error);
    results.push(result);
    assert.deepEqual(await readTree(outside), before);
    const added = readdirSync(own.folder).filter((name) => !namesBefore.includes(name));
    assert.deepEqual(added, ['target']);
    assert.deepEqual(readdirSync(join(own.folder, 'target')), ['deep']);
    assert.deepEqual(readdirSync(join(own.folder, 'target/deep')), ['down']);
  }
  const [first] = results as { failed: { path: Uint8Array; code: string }[]; to: string }[];
  assert.ok(first !== undefined);
  return first;
}

function failures({ failed }: { failed: { path: Uint8Array; code: string }[] }): string[] {
  return failed.map(({ path, code }) => `${Buffer.from(path).toString()} ${code}`);
}

describe('a hostile backup', () => {
  test('with paths that lead out, or nowhere, is restored without them', async (t) => {
    const out = ['..', '.', '/', 'a/b', '../x', '/etc/x', 'a/../../x', '..\0x', 'b\0..\0..\0x'];
    const nowhere = ['', 'a\0', '\0a', 'a\0\0b'];
    const result = await restoreForged(t, async ({ blob }) => {
      const entry = forgedFile(await blob('chunk', Buffer.from('x')));
      return [...out, ...nowhere, 'z fine'].map((key) => ({ key, entry }));
    });
    assert.deepEqual(
      result.failed.map(({ code }) => code),
      [...out, ...nowhere].map(() => 'damaged'),
    );
    assert.deepEqual(readdirSync(result.to), ['z fine']);
  });

  test('with names that look like ways out, but are none, stays inside', async (t) => {
    const result = await restoreForged(t, async ({ blob }) => {
      const entry = forgedFile(await blob('chunk', Buffer.from('fine')));
      return ['...', '.. ', '..\\x', '~', '%2e%2e', 'C:'].map((key) => ({ key, entry }));
    });
    assert.deepEqual(result.failed, []);
    assert.equal(readFileSync(join(result.to, '...'), 'utf8'), 'fine');
  });

  test('with something below a link does not follow it', async (t) => {
    const result = await restoreForged(t, async ({ blob }, outside) => {
      const evil = forgedFile(await blob('chunk', Buffer.from('evil')));
      return [
        { key: 'link', entry: forgedLink(outside) },
        { key: 'link\0evil', entry: evil },
        { key: 'link\0file', entry: evil },
        { key: 'link\0folder', entry: forgedFolder() },
        { key: 'link\0folder\0evil', entry: evil },
        { key: 'link\0link', entry: forgedLink('/etc') },
        { key: 'other', entry: forgedLink(outside) },
        { key: 'other\0link', entry: forgedLink('evil') },
        { key: 'z', entry: forgedFile(await blob('chunk', Buffer.from('fine'))) },
      ];
    });
    assert.equal(readFileSync(join(result.to, 'z'), 'utf8'), 'fine');
    assert.ok(lstatSync(join(result.to, 'link')).isSymbolicLink());
    assert.deepEqual(failures(result), [
      'link/evil damaged',
      'link/file damaged',
      'link/folder damaged',
      'link/folder/evil damaged',
      'link/link damaged',
      'other/link damaged',
    ]);
  });

  test('with something below a file restores the file, and tells so', async (t) => {
    const result = await restoreForged(t, async ({ blob }) => {
      const entry = forgedFile(await blob('chunk', Buffer.from('x')));
      return [
        { key: 'file', entry },
        { key: 'file\0below', entry },
        { key: 'z', entry },
      ];
    });
    assert.deepEqual(failures(result), ['file/below damaged']);
    assert.equal(readFileSync(join(result.to, 'file'), 'utf8'), 'x');
    assert.ok(existsSync(join(result.to, 'z')));
  });

  test('with a link to what is no path is restored without it', async (t) => {
    const result = await restoreForged(t, async ({ blob }) => [
      { key: 'a', entry: forgedLink('be\0fore') },
      { key: 'b', entry: forgedLink('') },
      { key: 'z', entry: forgedFile(await blob('chunk', Buffer.from('fine'))) },
    ]);
    assert.deepEqual(failures(result), ['a damaged', 'b damaged']);
    assert.equal(readFileSync(join(result.to, 'z'), 'utf8'), 'fine');
  });

  test('with bits and attributes that grant rights is restored without them', async (t) => {
    const own = await temporaryBackup(t);
    const names = ['security.capability', 'security.selinux', 'trusted.note', 'user.note'];
    const xattrs = names.map((name) => ({ name: Buffer.from(name), value: VALUE }));
    const backup = await own.open();
    await craftSnapshot(backup, async ({ blob }) => {
      const file = forgedFile(await blob('chunk', Buffer.from('#!/bin/sh\n')));
      return [
        { key: 'both', entry: { ...file, mode: 0o6755 } },
        { key: 'folder', entry: { ...forgedFolder(), mode: 0o2775 } },
        { key: 'named', entry: { ...file, mode: 0o644, xattrs } },
      ];
    });
    await backup.close();
    const notes: string[] = [];
    const { to, failed, withoutRights } = await own.restore({
      onEvent: (event) => {
        if (event.type === 'note') notes.push(event.code);
      },
    });
    assert.deepEqual([failed, withoutRights], [[], 2]);
    assert.ok(notes.includes('rights-dropped'));
    const modeOf = (path: string): number => statSync(path).mode & 0o7777;
    assert.equal(modeOf(join(to, 'both')), 0o755);
    assert.equal(modeOf(join(to, 'folder')), 0o2775);
    const there = (await Xattrs.load())?.read(Buffer.from(join(to, 'named'))).xattrs ?? [];
    const isOurs = ({ value }: { value: Uint8Array }): boolean => Buffer.from(value).equals(VALUE);
    const kept = there.filter(isOurs).map(({ name }) => Buffer.from(name).toString());
    assert.deepEqual(kept, kept.length === 0 ? [] : ['user.note']);
    const whole = await own.restore({ include: ['both'], privileged: true });
    assert.equal(modeOf(join(whole.to, 'both')), 0o6755);
  });

  test('with attributes that can not be set names the files that lack them', async (t) => {
    const own = await temporaryBackup(t);
    const xattrs = [{ name: Buffer.from('of-no-namespace'), value: VALUE }];
    const backup = await own.open();
    await craftSnapshot(backup, async ({ blob }) => {
      const entry = { ...forgedFile(await blob('chunk', Buffer.from('x'))), xattrs };
      return Array.from({ length: 25 }, (_, i) => ({ key: `file ${i + 10}`, entry }));
    });
    await backup.close();
    const notes: NoteEvent[] = [];
    const { failed, withoutAttributes } = await own.restore({
      onEvent: (event) => {
        if (event.type === 'note') notes.push(event);
      },
    });
    assert.deepEqual([failed, withoutAttributes, notes.length], [[], 25, 21]);
    assert.match(notes.at(-1)?.message ?? '', /^5 more /);
    assert.ok(notes.every(({ code }) => code === 'xattrs-skipped'));
  });

  test('has its folders finished from below, before others may own them', async (t) => {
    const own = await temporaryBackup(t);
    const entry = { ...forgedFolder(), xattrs: [{ name: Buffer.from('nowhere'), value: VALUE }] };
    const backup = await own.open();
    const keys = ['a', 'a\0b', 'a\0b\0c', 'a\0d', 'e'];
    await craftSnapshot(backup, async () => keys.map((key) => ({ key, entry })));
    await backup.close();
    const finished: string[] = [];
    await own.restore({
      onEvent: (event) => {
        if (event.type === 'note') finished.push(Buffer.from(event.path ?? []).toString());
      },
    });
    assert.deepEqual(finished, ['a/b/c', 'a/b', 'a/d', 'a', 'e']);
  });

  test('with names that a restore uses itself is restored without them', async (t) => {
    const hash = createHash('sha256').update('file').digest('hex').slice(0, 16);
    const kept = [
      `.holdfast-partial-${hash}`,
      '.holdfast-partial-folders',
      '.HOLDFAST-Partial-x\0below',
      'folder\0.holdfast-partial-',
    ];
    const result = await restoreForged(t, async ({ blob }) => {
      const evil = forgedFile(await blob('chunk', Buffer.from('evil')));
      const fine = forgedFile(await blob('chunk', Buffer.from('fine')));
      return [
        ...kept.map((key) => ({ key, entry: evil })),
        { key: 'file', entry: fine },
        { key: '.holdfast-partial', entry: fine },
      ];
    });
    const named = kept.map((key) => `${key.replace('\0', '/')} target-unusable`);
    assert.deepEqual(failures(result).sort(), named.sort());
    assert.deepEqual(readdirSync(result.to).sort(), ['.holdfast-partial', 'file']);
    assert.equal(readFileSync(join(result.to, 'file'), 'utf8'), 'fine');
  });

  test('with attributes on a link sets none on what it points to', async (t) => {
    const name = Buffer.from('user.evil');
    const { failed } = await restoreForged(t, async (_tools, outside) => [
      {
        key: 'link',
        entry: {
          ...forgedLink(join(outside, 'file')),
          mode: 0o4777,
          xattrs: [{ name, value: name }],
        },
      },
    ]);
    assert.deepEqual(failed, []);
  });

  test('with impossible lengths and parts is restored as far as it makes sense', async (t) => {
    const result = await restoreForged(t, async ({ blob, table }) => {
      const chunk = await blob('chunk', Buffer.alloc(1000, 1));
      const pages = await blob('pages', Buffer.alloc(2 * 512, 2));
      const nowhere = { ...chunk, offset: 10 ** 12 };
      const file = (bytes: number, kind: 'inline' | 'table', fileOffset: number): FileEntry => ({
        ...PLAIN_FIELDS,
        kind: 'file',
        bytes,
        chunks: { kind: 'inline', chunks: [] },
        ...(kind === 'inline' && {
          chunks: { kind, chunks: [{ fileOffset, name: new Uint8Array(32), address: chunk }] },
        }),
      });
      const chunkRow = (fileOffset: number) => ({
        key: chunkKey(fileOffset),
        encode: (book: Parameters<typeof encodeChunkValue>[0]) =>
          encodeChunkValue(book, { fileOffset, name: new Uint8Array(32), address: chunk }),
      });
      const pageRow = (page: number, slot: number) => ({
        key: pageKey(page),
        encode: (book: Parameters<typeof encodePageEntry>[0]) =>
          encodePageEntry(book, { name: NAME, group: pages, slot }),
      });
      const database = async (bytes: number, rows: ReturnType<typeof pageRow>[]) => ({
        ...PLAIN_FIELDS,
        kind: 'database' as const,
        bytes,
        pageBytes: 512,
        pages: await table(rows),
        walStamp: new Uint8Array(0),
      });
      const long = await table([chunkRow(0), chunkRow(5000)]);
      const overlapping = await table([chunkRow(0), chunkRow(999)]);
      return [
        { key: 'a huge', entry: file(2 ** 53 - 1, 'table', 0) },
        { key: 'b chunk beyond the end', entry: file(999, 'inline', 0) },
        {
          key: 'c chunk of a table beyond the end',
          entry: { ...file(3000, 'table', 0), chunks: { kind: 'table', table: long } } as FileEntry,
        },
        {
          key: 'c chunks of a table overlap',
          entry: {
            ...file(3000, 'table', 0),
            chunks: { kind: 'table', table: overlapping },
          } as FileEntry,
        },
        { key: 'd nowhere', entry: forgedFile(nowhere) },
        { key: 'e page missing', entry: await database(1024, [pageRow(0, 0)]) },
        { key: 'f first page missing', entry: await database(1024, [pageRow(1, 0)]) },
        { key: 'g no page at all', entry: await database(2 ** 40, []) },
        { key: 'h slot beyond the group', entry: await database(512, [pageRow(0, 2)]) },
        { key: 'i chunk for a group', entry: forgedFile(pages) },
        {
          key: 'y pages',
          entry: await database(1024, [pageRow(0, 1), pageRow(1, 0), pageRow(2, 0)]),
        },
        { key: 'z fine', entry: forgedFile(chunk) },
      ];
    });
    // Some file systems do take a file of any length that is all hole.
    const named = failures(result).filter((line) => line !== 'a huge target-denied');
    assert.deepEqual(named.sort(), [
      'b chunk beyond the end damaged',
      'c chunk of a table beyond the end damaged',
      'c chunks of a table overlap damaged',
      'd nowhere damaged',
      'e page missing damaged',
      'f first page missing damaged',
      'g no page at all damaged',
      'h slot beyond the group damaged',
      'i chunk for a group damaged',
    ]);
    const restored = readdirSync(result.to).filter((name) => name !== 'a huge');
    assert.deepEqual(restored, ['y pages', 'z fine']);
    assert.deepEqual(readFileSync(join(result.to, 'y pages')), Buffer.alloc(1024, 2));
  });

  test('with unlike addresses of one place mixes up nothing', async (t) => {
    const secret = Buffer.alloc(200_000, 'what another file holds. ');
    const long = Buffer.alloc(100_000, 'long ');
    const group = Buffer.alloc(64 * 4096, 'page ');
    const result = await restoreForged(t, async ({ blob, table }) => {
      const listed = async (address: Address): Promise<FileEntry> => {
        const place = { fileOffset: 0, name: new Uint8Array(32), address };
        const row = {
          key: chunkKey(0),
          encode: (book: Parameters<typeof encodeChunkValue>[0]) => encodeChunkValue(book, place),
        };
        const chunks = { kind: 'table' as const, table: await table([row]) };
        return { ...PLAIN_FIELDS, kind: 'file', bytes: address.plainBytes, chunks };
      };
      const database = async (slots: number, group: Address): Promise<FileEntry> => {
        const rows = Array.from({ length: slots }, (_, slot) => ({
          key: pageKey(slot),
          encode: (book: Parameters<typeof encodePageEntry>[0]) =>
            encodePageEntry(book, { name: NAME, group, slot }),
        }));
        const pages = await table(rows);
        const bytes = slots * 4096;
        const walStamp = new Uint8Array(0);
        return { ...PLAIN_FIELDS, kind: 'database', bytes, pageBytes: 4096, pages, walStamp };
      };
      const chunk = await blob('chunk', long);
      const pages = await blob('pages', group);
      return [
        { key: 'a secret', entry: await listed(await blob('chunk', secret)) },
        { key: 'b short', entry: await listed({ ...chunk, storedBytes: 10, plainBytes: 10 }) },
        { key: 'c long', entry: await listed(chunk) },
        {
          key: 'd one page',
          entry: await database(1, { ...pages, storedBytes: 4096, plainBytes: 4096 }),
        },
        { key: 'e all pages', entry: await database(64, pages) },
      ];
    });
    assert.deepEqual(failures(result), []);
    const read = (name: string): Buffer => readFileSync(join(result.to, name));
    assert.ok(read('a secret').equals(secret));
    assert.ok(read('b short').equals(long.subarray(0, 10)));
    assert.ok(read('c long').equals(long));
    assert.ok(read('d one page').equals(group.subarray(0, 4096)));
    assert.ok(read('e all pages').equals(group));
  });
});
