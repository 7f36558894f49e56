import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Secret } from '@holdfast/core/secret';
import { Options } from '../arguments/options.ts';
import { chooseStore, toStoreUrl } from './choose-store.ts';
import { changeConfig, readConfig } from './config.ts';
import { type Folders, findFolders } from './folders.ts';
import { keepKey, readKeptKey, recallBackup } from './kept-key.ts';

async function makeFolders(context: TestContext): Promise<Folders> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  context.after(() => rm(root, { recursive: true }));
  return findFolders({ HOLDFAST_HOME: root });
}

test('findFolders() keeps configuration, state and cache apart on every platform', () => {
  const xdg = { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: 'relative', XDG_CACHE_HOME: '' };
  assert.deepEqual(findFolders(xdg, 'linux', '/home/ada'), {
    config: '/c/holdfast',
    state: '/home/ada/.local/state/holdfast',
    cache: '/home/ada/.cache/holdfast',
  });
  assert.deepEqual(findFolders({}, 'darwin', '/Users/ada'), {
    config: '/Users/ada/Library/Application Support/holdfast/config',
    state: '/Users/ada/Library/Application Support/holdfast/state',
    cache: '/Users/ada/Library/Caches/holdfast',
  });
  const windows = findFolders({ APPDATA: '/r', LOCALAPPDATA: '/l' }, 'win32', '/u');
  assert.deepEqual(Object.values(windows), [
    '/r/holdfast',
    '/l/holdfast/state',
    '/l/holdfast/cache',
  ]);
});

test('changeConfig() adds to what is there, for the owner only', async (context) => {
  const folders = await makeFolders(context);
  await changeConfig(folders, { store: 'file:/a' });
  await changeConfig(folders, { sources: ['/chats'] });
  assert.deepEqual(await readConfig(folders), { store: 'file:/a', sources: ['/chats'] });
  assert.deepEqual(await readdir(folders.config), ['config.json']);
  assert.equal((await stat(join(folders.config, 'config.json'))).mode & 0o777, 0o600);
});

test('readConfig() refuses a file that is not a configuration', async (context) => {
  const folders = await makeFolders(context);
  await changeConfig(folders, {});
  for (const text of ['', '[', '[1]', '{"store":1}', '{"sources":"x"}']) {
    await writeFile(join(folders.config, 'config.json'), text);
    await assert.rejects(readConfig(folders), { code: 'usage' });
  }
});

test('chooseStore() takes the option before the environment before the configuration', async (context) => {
  const folders = await makeFolders(context);
  const none = new Options(new Map());
  await assert.rejects(chooseStore(none, {}, folders), { code: 'usage' });
  await changeConfig(folders, { store: 'file:/c' });
  const named = new Options(new Map([['store', ['/a']]]));
  assert.equal(await chooseStore(named, { HOLDFAST_STORE: '/b' }, folders), 'file:/a');
  assert.equal(await chooseStore(none, { HOLDFAST_STORE: '/b' }, folders), 'file:/b');
  assert.equal(await chooseStore(none, { HOLDFAST_STORE: '' }, folders), 'file:/c');
});

test('toStoreUrl() makes paths absolute and leaves other URLs alone', () => {
  assert.equal(toStoreUrl('x'), `file:${process.cwd()}/x`);
  assert.equal(toStoreUrl('file:x/../y'), `file:${process.cwd()}/y`);
  assert.equal(toStoreUrl('file:///a'), 'file:///a');
  assert.equal(toStoreUrl('s3://bucket/a'), 's3://bucket/a');
});

test('keepKey() keeps one key per backup, for the owner only', async (context) => {
  const folders = await makeFolders(context);
  const backupId = new Uint8Array(32).fill(7);
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  assert.equal(await readKeptKey(folders, backupId), null);
  await keepKey(folders, { backupId, rootKey: new Secret(bytes), storeUrl: 'file:/a' });
  assert.deepEqual((await readKeptKey(folders, backupId))?.bytes(), bytes);
  assert.deepEqual(await recallBackup(folders, 'file:/a'), backupId);
  assert.equal(await recallBackup(folders, 'file:/b'), null);
  const path = join(folders.state, 'keys', `${backupId.toHex()}.key`);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(folders.state, 'keys'))).mode & 0o777, 0o700);

  await writeFile(path, (await readFile(path, 'utf8')).slice(0, 40));
  await assert.rejects(readKeptKey(folders, backupId), { code: 'damaged' });
});
