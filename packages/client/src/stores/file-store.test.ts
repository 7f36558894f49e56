import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { FileStore } from './file-store.ts';

const BYTES = Uint8Array.of(1, 2, 3);
const DAY_MS = 24 * 60 * 60 * 1000;
const isWindows = process.platform === 'win32';

describe('FileStore', () => {
  let outside = '';
  let root = '';
  let store = new FileStore(tmpdir());

  beforeEach(async () => {
    outside = await mkdtemp(join(tmpdir(), 'holdfast-file-store-'));
    root = join(outside, 'store');
    await mkdir(root);
    store = new FileStore(root);
  });

  afterEach(async () => {
    await rm(outside, { recursive: true });
  });

  async function names(prefix = ''): Promise<string[]> {
    const listed: string[] = [];
    for await (const { name } of store.list(prefix)) {
      listed.push(name);
    }
    return listed;
  }

  test('keeps each object as a file of its name and leaves nothing else', async () => {
    await store.put('packs/3f/3fa1', BYTES);
    await store.put('packs/3f/3fa1', BYTES);
    await store.put('heads/000000000001', BYTES);
    assert.deepEqual((await readdir(root, { recursive: true })).sort(), [
      'heads',
      join('heads', '000000000001'),
      'packs',
      join('packs', '3f'),
      join('packs', '3f', '3fa1'),
    ]);
    assert.deepEqual(new Uint8Array(await readFile(join(root, 'packs/3f/3fa1'))), BYTES);
  });

  if (!isWindows) {
    test('lets nobody but the owner in', async () => {
      await store.put('packs/3f/3fa1', BYTES);
      assert.equal((await lstat(join(root, 'packs'))).mode & 0o777, 0o700);
      assert.equal((await lstat(join(root, 'packs/3f'))).mode & 0o777, 0o700);
      assert.equal((await lstat(join(root, 'packs/3f/3fa1'))).mode & 0o777, 0o600);
    });

    test('follows no symbolic link that stands for an object', async () => {
      await store.put('heads/1', BYTES);
      await writeFile(join(outside, 'secret'), 'not for the store');
      await symlink(join(outside, 'secret'), join(root, 'heads/2'));
      await symlink(join(outside, 'nowhere'), join(root, 'heads/3'));
      for (const name of ['heads/2', 'heads/3']) {
        await assert.rejects(store.get(name), { code: 'damaged', details: { objectName: name } });
        await assert.rejects(store.stat(name), { code: 'damaged' });
        assert.equal(await store.put(name, BYTES), 'exists');
      }
      assert.deepEqual(await names(), ['heads/1']);
      assert.equal(await store.delete('heads/2'), true);
      assert.equal(await readFile(join(outside, 'secret'), 'utf8'), 'not for the store');
      assert.deepEqual(await readdir(outside), ['secret', 'store']);
    });

    test('follows symbolic links that stand for folders, though not in circles', async () => {
      await mkdir(join(outside, 'other-disk'));
      await symlink(join(outside, 'other-disk'), join(root, 'packs'));
      await store.put('packs/3f/3fa1', BYTES);
      assert.deepEqual(await store.get('packs/3f/3fa1'), BYTES);
      assert.deepEqual(await names(), ['packs/3f/3fa1']);
      await symlink('..', join(outside, 'other-disk/3f/up'));
      assert.ok((await names()).length < 5);
    });

    test('is not held up by a pipe in the place of an object', async () => {
      await mkdir(join(root, 'heads'));
      assert.equal(spawnSync('mkfifo', [join(root, 'heads/1')]).status, 0);
      await assert.rejects(store.get('heads/1'), { code: 'damaged' });
      await assert.rejects(store.stat('heads/1'), { code: 'damaged' });
      assert.deepEqual(await names(), []);
    });
  }

  test('calls a folder in the place of an object damaged', async () => {
    await mkdir(join(root, 'heads/1'), { recursive: true });
    await assert.rejects(store.stat('heads/1'), { code: 'damaged' });
    assert.equal(await store.put('heads/1', BYTES), 'exists');
    assert.deepEqual(await names(), []);
  });

  test('calls an object damaged that was cut off', async () => {
    await store.put('heads/1', BYTES);
    await truncate(join(root, 'heads/1'), 2);
    const range = { offset: 0, lengthBytes: 3 };
    await assert.rejects(store.get('heads/1', { range }), { code: 'damaged' });
    assert.deepEqual(await store.get('heads/1'), Uint8Array.of(1, 2));
  });

  test('passes over files that are none of its own', async () => {
    await store.put('heads/1', BYTES);
    for (const path of ['.DS_Store', 'heads/.DS_Store', 'heads/Icon', 'note.txt', 'heads/a b']) {
      await writeFile(join(root, path), 'foreign');
    }
    await mkdir(join(root, 'a/b/c/d'), { recursive: true });
    await writeFile(join(root, 'a/b/c/d/e'), 'too deep');
    assert.deepEqual(await names(), ['heads/1']);
    assert.deepEqual(await names('heads/'), ['heads/1']);
  });

  test('removes the left-overs of crashed puts once they are a day old', async () => {
    await mkdir(join(root, 'heads/.claim-2'), { recursive: true });
    for (const path of ['heads/.tmp-old', 'heads/.tmp-new', 'heads/.claim-2/.tmp-3']) {
      await writeFile(join(root, path), 'half of it');
    }
    const longAgo = new Date(Date.now() - DAY_MS - 1000);
    await utimes(join(root, 'heads/.tmp-old'), longAgo, longAgo);
    await utimes(join(root, 'heads/.claim-2'), longAgo, longAgo);
    assert.deepEqual(await names(), []);
    await store.put('heads/1', BYTES);
    assert.deepEqual((await readdir(join(root, 'heads'))).sort(), ['.tmp-new', '1']);
    await new FileStore(root, { nowMs: () => Date.now() + DAY_MS + 1000 }).put('heads/2', BYTES);
    assert.deepEqual((await readdir(join(root, 'heads'))).sort(), ['1', '2']);
  });

  test('does not pass for empty when its folder is gone, nor makes it anew', async () => {
    await store.put('heads/1', BYTES);
    await rename(root, join(outside, 'unplugged'));
    const unreachable = { code: 'store-unreachable' };
    await assert.rejects(store.get('heads/1'), unreachable);
    await assert.rejects(store.stat('heads/1'), unreachable);
    await assert.rejects(store.delete('heads/1'), unreachable);
    await assert.rejects(store.put('heads/2', BYTES), unreachable);
    await assert.rejects(store.put('packs/3f/3fa1', BYTES), unreachable);
    await assert.rejects(names(), unreachable);
    await assert.rejects(names('packs/'), unreachable);
    assert.deepEqual(await readdir(outside), ['unplugged']);
    await rename(join(outside, 'unplugged'), root);
    assert.deepEqual(await store.get('heads/1'), BYTES);
  });

  test('makes a folder again that somebody removed', async () => {
    await store.put('packs/3f/3fa1', BYTES);
    await rm(join(root, 'packs'), { recursive: true });
    assert.equal(await store.put('packs/3f/3fa2', BYTES), 'stored');
    assert.deepEqual(await names(), ['packs/3f/3fa2']);
  });

  test('says so when a file stands where a folder belongs', async () => {
    await writeFile(join(root, 'heads'), 'a file');
    await assert.rejects(store.put('heads/1', BYTES), { code: 'store-invalid' });
    assert.equal(await store.get('heads/1'), null);
    assert.equal(await store.delete('heads/1'), false);
    assert.deepEqual(await names('heads/'), []);
  });
});
