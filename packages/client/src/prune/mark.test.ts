import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Keyring } from '@holdfast/core/backup-format';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { MARK_PACKS_MAX, type MarkKeys, openMark, sealMark } from './mark.ts';

const MARK_BYTES = 256 * 1024;

const keys: MarkKeys = {
  crypto: nodeCrypto,
  keyring: new Keyring([new Secret(new Uint8Array(32).fill(1))]),
  backupId: new Uint8Array(32).fill(2),
};

function packNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => i.toString(16).padStart(64, '0'));
}

describe('sealMark()', () => {
  test('makes objects of one length, which open again', async () => {
    for (const count of [1, 17, MARK_PACKS_MAX]) {
      const mark = { atMs: 1_767_225_600_000, fence: count, packs: packNames(count) };
      const object = await sealMark(keys, mark);
      assert.equal(object.length, MARK_BYTES);
      assert.deepEqual(await openMark(keys, object), mark);
    }
  });

  test('refuses no packs and too many', async () => {
    for (const count of [0, MARK_PACKS_MAX + 1]) {
      const mark = { atMs: 0, fence: 0, packs: packNames(count) };
      await assert.rejects(sealMark(keys, mark), RangeError);
    }
  });
});

describe('openMark()', () => {
  const mark = { atMs: 5, fence: 0, packs: packNames(3) };

  test('notices any change', async () => {
    const object = await sealMark(keys, mark);
    for (const at of [0, 9, 12, 15, 16, 50, 90, 5000, MARK_BYTES - 1]) {
      const changed = object.slice();
      changed[at] = (changed[at] as number) ^ 4;
      await assert.rejects(openMark(keys, changed), { code: 'damaged' }, `byte ${at}`);
    }
    await assert.rejects(openMark(keys, object.subarray(1)), { code: 'damaged' });
    await assert.rejects(openMark(keys, object.subarray(0, -1)), { code: 'damaged' });
  });

  test('says when a newer version wrote it', async () => {
    const object = await sealMark(keys, mark);
    object[7] = 9;
    await assert.rejects(openMark(keys, object), { code: 'format-too-new' });
  });

  test('refuses a mark of another backup', async () => {
    const object = await sealMark(keys, mark);
    const other = { ...keys, backupId: new Uint8Array(32).fill(3) };
    await assert.rejects(openMark(other, object), { code: 'damaged' });
  });
});
