import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileEntry } from '@holdfast/core/backup-format';
import { PLAIN_FIELDS } from '../fixture/craft-snapshot.ts';
import { temporaryFolder } from '../fixture/temporary-backup.ts';
import { Xattrs } from '../platform/xattrs.ts';
import { RestoredMetadata } from './metadata.ts';
import { RestoreFile } from './restore-file.ts';

test('a link put in the place of a file in the making gets nothing that is meant for the file', async (t) => {
  const folder = temporaryFolder(t);
  const to = join(folder, 'to');
  mkdirSync(to);
  const outside = join(folder, 'outside');
  writeFileSync(outside, 'mine', { mode: 0o600 });
  const before = statSync(outside);
  const xattrs = await Xattrs.load();
  const xattr = { name: Buffer.from('user.note'), value: Buffer.from('x') };
  const metadata = new RestoredMetadata({ xattrs, privileged: false, note: () => undefined });
  const entry: FileEntry & { kind: 'file' } = {
    ...PLAIN_FIELDS,
    kind: 'file',
    mode: 0o777,
    uid: process.getuid?.() === 0 ? 1234 : 0,
    xattrs: [xattr],
    bytes: 1,
    chunks: { kind: 'inline', chunks: [] },
  };
  const name = Buffer.from('file');
  const failures: unknown[] = [];
  const file = new RestoreFile({
    folder: Buffer.from(to),
    name,
    entry,
    overwrite: false,
    finish: (fd, path) => metadata.applyOpen(fd, path, name, entry),
    ended: (failure) => failures.push(failure),
  });
  const [partial = ''] = readdirSync(to);
  const aside = join(folder, 'aside');
  renameSync(join(to, partial), aside);
  symlinkSync(outside, join(to, partial));
  file.arrive();
  assert.deepEqual(
    failures.map((failure) => (failure as { code?: string } | null)?.code),
    ['target-unusable'],
  );
  assert.deepEqual(readdirSync(to), [partial]);
  const { mode, uid, mtimeMs } = statSync(outside);
  assert.deepEqual([mode, uid, mtimeMs], [before.mode, before.uid, before.mtimeMs]);
  assert.deepEqual(xattrs?.read(Buffer.from(outside)).xattrs ?? [], []);
  assert.equal(statSync(aside).mode & 0o777, 0o777);
  assert.equal(statSync(aside).mtimeMs, 1e12);
});
