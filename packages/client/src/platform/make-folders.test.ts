import assert from 'node:assert/strict';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '../fixture/temporary-backup.ts';
import { makeFolders } from './make-folders.ts';

describe('makeFolders()', () => {
  test('makes what is missing, of the mode that it is given, and takes what is there', (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'a/b/c');
    for (let i = 0; i < 2; i++) makeFolders(path, 0o700);
    for (const made of ['a', 'a/b', 'a/b/c']) {
      assert.equal(statSync(join(folder, made)).mode & 0o777, 0o700, made);
    }
    symlinkSync('a', join(folder, 'link'));
    makeFolders(join(folder, 'link/b/d'));
    assert.ok(statSync(join(folder, 'a/b/d')).isDirectory());
    makeFolders('/');
  });

  test('fails where a folder can not be', (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('loop', join(folder, 'loop'));
    assert.throws(() => makeFolders(join(folder, 'file')), { code: 'EEXIST' });
    assert.throws(() => makeFolders(join(folder, 'file/x/y')), { code: 'ENOTDIR' });
    assert.throws(() => makeFolders(join(folder, 'loop/x')), { code: 'ELOOP' });
    assert.throws(() => makeFolders(join(folder, 'n'.repeat(300))), { code: 'ENAMETOOLONG' });
  });

  test('ends where the system has folders that it makes itself', {
    skip: process.platform !== 'linux' && 'only Linux has /proc',
  }, () => {
    assert.throws(() => makeFolders('/proc/there-is-no-such/folder'), { code: 'ENOENT' });
  });
});
