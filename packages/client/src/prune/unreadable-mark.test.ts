import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { FaultStore } from '@holdfast/testing/fault-store';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { MARK_PREFIX } from '../repository/object-names.ts';

async function withUnreadableMark(t: TestContext): Promise<TemporaryBackup> {
  const own = await temporaryBackup(t);
  writeFileSync(own.path('file'), 'one');
  await own.backUp();
  mkdirSync(join(own.storeFolder, MARK_PREFIX), { recursive: true });
  writeFileSync(join(own.storeFolder, MARK_PREFIX, 'ab'.repeat(32)), randomBytes(262_144));
  return own;
}

/** A store in which a tablet puts a head first, so many times. */
function contended(own: TemporaryBackup, times: number): FaultStore {
  const store = new FaultStore(own.store);
  let left = times;
  store.put = async (name, bytes, options) => {
    if (name.startsWith('heads/') && left-- > 0) await own.backUp({ device: 'tablet' });
    return await own.store.put(name, bytes, options);
  };
  return store;
}

describe('a backup beside a mark of prune that can not be read', () => {
  test('begins anew when another device is first', async (t) => {
    const own = await withUnreadableMark(t);
    writeFileSync(own.path('file'), 'two');
    const { snapshot } = await own.backUp({ store: contended(own, 2) });
    assert.ok(snapshot);
    const { to } = await own.restore();
    assert.equal(readFileSync(join(to, 'source/file'), 'utf8'), 'two');
  });

  test('says why it gives up when others are first time after time', async (t) => {
    const own = await withUnreadableMark(t);
    const store = contended(own, 100);
    const put = store.put.bind(store);
    let text = 0;
    store.put = async (name, bytes, options) => {
      if (name.startsWith('heads/')) writeFileSync(own.path('file'), `text ${++text}`);
      return await put(name, bytes, options);
    };
    writeFileSync(own.path('file'), 'two');
    const error = { code: 'contention', message: /a mark of prune that can not be read/ };
    await assert.rejects(own.backUp({ store }), error);
  });
});
