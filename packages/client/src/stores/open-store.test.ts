import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { lookAtPlace, openStore } from './open-store.ts';

describe('openStore()', () => {
  let folder = '';

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-open-')));
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  test('takes a path, a relative path, file: with a path, and a file URL', async () => {
    const path = join(folder, 'a #b%20?');
    await mkdir(path);
    const { href } = pathToFileURL(path);
    for (const url of [path, relative(process.cwd(), path), `file:${path}`, href, `${path}/`]) {
      const store = await openStore(url);
      assert.equal(store.url, href);
      await store.close();
    }
  });

  test('names what it supports when it does not know the scheme', async () => {
    for (const url of ['s3://bucket', 'FTP:x']) {
      await assert.rejects(openStore(url), { code: 'store-invalid', message: /file:\/path/ });
    }
  });

  test('takes an https address for a provider, and asks nothing there yet', async () => {
    const store = await openStore('HTTPS://Backup.Example.org/');
    assert.equal(store.url, 'https://backup.example.org');
    assert.equal(await lookAtPlace(store.url), 'provider');
    await assert.rejects(store.stat('heads/000000000001'), { code: 'key-missing' });
    for (const url of [
      'http://backup.example.org',
      'https://a:b@c.example',
      'https://c.example/d',
    ]) {
      await assert.rejects(openStore(url), { code: 'store-invalid' });
      await assert.rejects(lookAtPlace(url), { code: 'store-invalid' });
    }
  });

  test('refuses URLs that lead to no folder, or to another than they seem to', async () => {
    for (const url of [
      '',
      'file:',
      'file://other-host/path',
      'file:///path?query',
      'file:///path#part',
      'file:///path%2Fpart',
      'file:///%',
      '/path\0',
    ]) {
      await assert.rejects(openStore(url, { create: true }), { code: 'store-invalid' }, url);
    }
  });

  test('refuses a folder that is not there, and makes it when asked to', async () => {
    const path = join(folder, 'new');
    await assert.rejects(openStore(path), {
      code: 'store-unreachable',
      message: `Cannot open the store ${path}: there is no such folder`,
    });
    assert.equal(await lookAtPlace(path), 'missing');
    await assert.rejects(openStore(path), { code: 'store-unreachable' });
    await openStore(path, { create: true });
    await openStore(path, { create: true });
    await openStore(path);
    if (process.platform !== 'win32') {
      assert.equal((await lstat(path)).mode & 0o777, 0o700);
    }
  });

  test('makes no folder above the one asked for, which may be where a disk belongs', async () => {
    const path = join(folder, 'disk', 'store');
    const refusal = {
      code: 'store-unreachable',
      message: `Cannot open the store ${path}: there is no folder ${join(folder, 'disk')}`,
    };
    await assert.rejects(lookAtPlace(path), refusal);
    await assert.rejects(openStore(path, { create: true }), refusal);
    await assert.rejects(lstat(join(folder, 'disk')), { code: 'ENOENT' });
  });

  test('lookAtPlace() tells an empty folder from one that holds something', async () => {
    const path = join(folder, 'place');
    await mkdir(path);
    assert.equal(await lookAtPlace(path), 'empty');
    await writeFile(join(path, 'photo.jpg'), '');
    assert.equal(await lookAtPlace(path), 'filled');
  });

  test('refuses a file', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    for (const url of [path, join(path, 'store')]) {
      await assert.rejects(openStore(url), { code: 'store-invalid' });
      await assert.rejects(openStore(url, { create: true }), { code: 'store-invalid' });
      await assert.rejects(lookAtPlace(url), { code: 'store-invalid' });
    }
  });
});
