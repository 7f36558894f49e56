import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/core/errors';
import { FaultStore } from '@holdfast/testing/fault-store';
import { assertSameTree, readTree } from '../fixture/folder-tree.ts';
import { makeLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';

const MIB = 1024 * 1024;
const PACK_BYTES = 16 * MIB;

/** A source of about 65 MiB that does not compress, a quarter of it a database. */
async function largeSource(t: { after(fn: () => void): void }): Promise<TemporaryBackup> {
  const own = await temporaryBackup(t);
  makeLedger(own.path('a.db'), { rows: 12_000 });
  {
    using database = new DatabaseSync(own.path('a.db'));
    database.exec('PRAGMA synchronous = OFF; UPDATE ledger SET ballast = randomblob(1500)');
  }
  for (let i = 0; i < 12; i++) writeFileSync(own.path(`file ${i}`), randomBytes(4 * MIB, i));
  return own;
}

/** Stops the backup when so many packs are stored. @returns Bytes in the store afterwards. */
async function stopAfter(own: TemporaryBackup, packs: number): Promise<number> {
  const abort = new AbortController();
  const store = new FaultStore(own.store);
  let stored = 0;
  store.put = async (name, bytes, options) => {
    const answer = await own.store.put(name, bytes, options);
    if (++stored === packs) abort.abort();
    return answer;
  };
  await assert.rejects(own.backUp({ store, signal: abort.signal }), { code: 'cancelled' });
  return own.storedBytes();
}

describe('a backup that goes on after it was cut off', () => {
  for (const forget of [false, true]) {
    const which = forget ? ', also without its cache' : '';
    test(`sends nothing twice${which}`, async (t) => {
      const own = await largeSource(t);
      const started = own.storedBytes();
      let stored = started;
      for (const packs of [1, 2]) {
        const before = stored;
        stored = await stopAfter(own, packs);
        assert.ok(stored > before, 'nothing was stored before the stop');
        if (forget) own.forgetCache();
      }
      await assert.rejects(own.restore(), { code: 'snapshot-missing' });
      const { totalBytes } = await own.backUp();
      const all = own.storedBytes() - started;
      assert.ok(all <= totalBytes + 2 * MIB, `${all} stored for ${totalBytes}`);
      const { to, failed } = await own.restore();
      assert.deepEqual(failed, []);
      assertSameTree(await readTree(join(to, 'source')), await readTree(own.source));
      assert.equal((await own.backUp()).bytesAdded, 4096);
    });
  }

  test('passes over what is no pack of its own', async (t) => {
    const own = await largeSource(t);
    await stopAfter(own, 2);
    const packs = [...own.objects('packs/')].filter(([, bytes]) => bytes === PACK_BYTES);
    const [first] = packs.map(([name]) => join(own.storeFolder, name));
    truncateSync(first as string, PACK_BYTES / 2);
    await own.store.put(`packs/00/${'00'.repeat(32)}`, randomBytes(256 * 1024));
    await own.store.put(`packs/01/${'01'.repeat(32)}`, new Uint8Array(3));
    await own.backUp();
    const { to, failed } = await own.restore();
    assert.deepEqual(failed, []);
    assertSameTree(await readTree(join(to, 'source')), await readTree(own.source));
  });

  for (const [shown, place] of [
    [0, 1],
    [1, 0],
  ] as const) {
    test(`takes up no pack that stands under another's name: ${shown} for ${place}`, async (t) => {
      const own = await largeSource(t);
      await stopAfter(own, 2);
      const full = [...own.objects('packs/')].filter(([, bytes]) => bytes === PACK_BYTES);
      const paths = full.map(([name]) => join(own.storeFolder, name));
      const path = paths[place] as string;
      const kept = readFileSync(path);
      copyFileSync(paths[shown] as string, path);
      await own.backUp();
      // What the store shows later decides nothing.
      writeFileSync(path, kept);
      const { to, failed } = await own.restore();
      assert.deepEqual(failed, []);
      assertSameTree(await readTree(join(to, 'source')), await readTree(own.source));
    });
  }

  test('goes on after a failure beside which another pack arrived late', async (t) => {
    const own = await largeSource(t);
    const started = own.storedBytes();
    const store = new FaultStore(own.store);
    let puts = 0;
    store.put = async (name, bytes, options) => {
      if (++puts === 2) throw new HoldfastError('store-unreachable', 'Cannot reach the store');
      await setTimeout(puts === 1 ? 500 : 0);
      return await own.store.put(name, bytes, options);
    };
    await assert.rejects(own.backUp({ store }), { code: 'store-unreachable' });
    const { totalBytes } = await own.backUp();
    assert.ok(own.storedBytes() - started <= totalBytes + 2 * MIB);
  });

  test('goes on after the store could not be reached', async (t) => {
    const own = await largeSource(t);
    const started = own.storedBytes();
    const fault = { kind: 'fail', code: 'store-unreachable' } as const;
    const rule = { call: 'put', prefix: 'packs/', nth: 3, times: 1000, fault } as const;
    const store = new FaultStore(own.store, [rule]);
    await assert.rejects(own.backUp({ store }), { code: 'store-unreachable' });
    const { totalBytes } = await own.backUp();
    assert.ok(own.storedBytes() - started <= totalBytes + 2 * MIB);
  });
});
