import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLocalProvider } from '@holdfast/testing/local-provider';
import { testObjectBytesContract } from '@holdfast/testing/object-bytes-contract';
import { removeOrphans } from '../objects/index.ts';
import { FolderBytes } from './folder-bytes.ts';

testObjectBytesContract('A folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bytes-'));
  const destroy = () => rm(folder, { recursive: true });
  return { bytes: new FolderBytes(folder), destroy };
});

test('others than its owner can not read what lies in the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bytes-'));
  const body = async function* () {
    yield randomBytes(10);
  };
  const place = { accountId: randomBytes(16), place: randomBytes(16) };
  await new FolderBytes(folder).write(place, body(), 10);
  for (const name of await readdir(folder, { recursive: true })) {
    assert.equal((await stat(join(folder, name))).mode & 0o077, 0, name);
  }
  await rm(folder, { recursive: true });
});

test('bytes that no row names are removed once they are a day old, and nothing else', async () => {
  await using provider = await startLocalProvider();
  const { metadata, bytes, bytesFolder } = provider;
  const id = 'ab'.repeat(16);
  const folder = join(bytesFolder, 'ab', id);
  const body = async function* () {
    yield randomBytes(10);
  };
  const accountId = Buffer.from(id, 'hex');
  const [old, young] = [randomBytes(16), randomBytes(16)];
  for (const place of [old, young]) await bytes.write({ accountId, place }, body(), 10);
  await writeFile(join(folder, 'not-ours'), 'x');
  const dayAgo = new Date(Date.now() - 25 * 3600 * 1000);
  for (const name of [old.toString('hex'), 'not-ours']) {
    await utimes(join(folder, name), dayAgo, dayAgo);
  }
  assert.equal(await removeOrphans({ metadata, bytes, retentionMs: 0 }), 1);
  const left = (await readdir(folder)).toSorted();
  assert.deepEqual(left, [young.toString('hex'), 'not-ours'].toSorted());
});
