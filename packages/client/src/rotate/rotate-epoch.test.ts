import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { derivePackKeys, framePlace, type PackRef, packFrames } from '@holdfast/core/backup-format';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { counterNonce } from '@holdfast/core/wire';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { check } from '../check/check.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { SharedStore } from '../fixture/shared-store.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import type { Backup } from '../repository/backup.ts';
import { headName, packName } from '../repository/object-names.ts';
import { listEntries } from '../snapshots/list-entries.ts';
import { findSnapshot } from '../snapshots/list-snapshots.ts';
import { rotateEpoch } from './rotate-epoch.ts';

const makeStore = (nowMs: () => number): MemoryStore => new MemoryStore({ nowMs });

function packsOf(backup: Backup): readonly PackRef[] {
  return [...backup.state.segments.packs.values()];
}

test('what is backed up after a rotation is sealed under the new epoch, and the rest stays as it is', async (t) => {
  const shared = await SharedStore.begin(t, makeStore);
  shared.write('phone', 'before', 1);
  await shared.backUp('phone');
  const packs = new Set(await shared.names('packs/'));
  assert.equal(await shared.rotateEpoch('laptop'), 1);
  assert.deepEqual(new Set(await shared.names('packs/')), packs);
  shared.write('phone', 'after', 2);
  await shared.backUp('phone');
  assert.equal(await shared.rotateEpoch('phone'), 2);
  const backup = await shared.open('laptop');
  t.after(() => backup.close());
  for (const pack of packsOf(backup)) {
    assert.equal(pack.epoch, packs.has(packName(pack.name)) ? 0 : 1);
  }
  assert.equal(backup.state.head.epoch, 2);
  await shared.assertAllRestore();
});

test('what was known before a rotation is not stored again', async (t) => {
  const shared = await SharedStore.begin(t, makeStore);
  shared.write('phone', 'photo', 1, 900_000);
  await shared.backUp('phone');
  await shared.rotateEpoch('phone');
  shared.write('phone', 'copy of the photo', 1, 900_000);
  shared.write('laptop', 'photo', 1, 900_000);
  const before = await shared.storedBytes();
  for (const device of ['phone', 'laptop']) await shared.backUp(device);
  assert.ok((await shared.storedBytes()) - before < 2 * 300_000);
  await shared.assertAllRestore();
});

test('two devices that rotate at once begin an epoch each', async (t) => {
  const shared = await SharedStore.begin(t, makeStore);
  shared.write('phone', 'file', 1);
  await shared.backUp('phone');
  const begun = await Promise.all(['phone', 'laptop'].map((name) => shared.rotateEpoch(name)));
  assert.deepEqual(begun.toSorted(), [1, 2]);
  await shared.assertAllRead();
});

test('a backup that another device comes before with a rotation keeps what it has uploaded', async (t) => {
  const shared = await SharedStore.begin(t, makeStore);
  shared.write('phone', 'file', 1);
  const store = new FaultStore(shared.store);
  let isFirst = true;
  store.put = async (name, bytes) => {
    if (isFirst && name.startsWith('heads/')) {
      isFirst = false;
      await shared.rotateEpoch('laptop');
    }
    return await shared.store.put(name, bytes);
  };
  await shared.backUp('phone', store);
  const backup = await shared.open('laptop');
  t.after(() => backup.close());
  assert.deepEqual([...new Set(packsOf(backup).map(({ epoch }) => epoch))].sort(), [0, 1]);
  await shared.assertAllRestore();
});

test('where something that is no head stands at the next number, no epoch begins, and the present one goes on', async (t) => {
  const shared = await SharedStore.begin(t, makeStore);
  const backup = await shared.open('phone');
  t.after(() => backup.close());
  await shared.store.put(headName(backup.state.nextNumber), new Uint8Array(9));
  const { keyringHash } = backup;
  await assert.rejects(rotateEpoch(backup), { code: 'damaged' });
  assert.deepEqual(backup.keyringHash, keyringHash);
  assert.equal(backup.keyring.newestEpoch, 0);
});

test('a keyring that is full says so, and nothing is written', async (t) => {
  const shared = await SharedStore.begin(t, makeStore);
  const backup = await shared.open('phone');
  t.after(() => backup.close());
  for (let epoch = 1; epoch < 33; epoch++) {
    assert.equal((await rotateEpoch(backup)).epoch, epoch);
  }
  const names = await shared.names();
  await assert.rejects(rotateEpoch(backup), { code: 'limit-exceeded' });
  assert.deepEqual(await shared.names(), names);
  shared.write('phone', 'file', 1);
  await shared.backUp('phone');
  await shared.assertAllRead();
});

/** Seals a pack's own content anew under its header, with a byte of every frame changed. */
async function forge(own: TemporaryBackup, backup: Backup, pack: PackRef): Promise<void> {
  const keys = await derivePackKeys(nodeCrypto, backup.keyring, pack);
  const object = new Uint8Array((await own.store.get(packName(pack.name))) ?? []);
  for (let frame = 0; frame < packFrames(pack.k); frame++) {
    const { objectOffset, sealedBytes } = framePlace(frame);
    const room = object.subarray(objectOffset, objectOffset + sealedBytes);
    const content = nodeCrypto.open(keys.key, counterNonce(frame), keys.header, room);
    assert.ok(content !== null);
    content[1000] = (content[1000] as number) ^ 1;
    room.set(content);
    nodeCrypto.sealInPlace(keys.key, counterNonce(frame), keys.header, room);
  }
  writeFileSync(join(own.storeFolder, packName(pack.name)), object);
}

test('what a holder of an earlier epoch key seals in the place of its packs is not taken', async (t) => {
  const own = await temporaryBackup(t);
  writeFileSync(own.path('file'), randomBytes(500_000, 1));
  await own.backUp();
  const thief = await own.open('thief');
  t.after(() => thief.close());
  const device = await own.open('phone');
  await rotateEpoch(device);
  await device.close();
  for (const pack of packsOf(thief)) await forge(own, thief, pack);

  // Opening reads the root, which lies in one of them.
  await assert.rejects(own.open('phone'), { code: 'damaged' });
  await assert.rejects(own.backUp(), { code: 'damaged' });
});

test('a file of which an earlier epoch’s pack was sealed anew is named, and so it is by a check', async (t) => {
  const own = await temporaryBackup(t);
  writeFileSync(own.path('file'), randomBytes(3_000_000, 1));
  await own.backUp();
  const thief = await own.open('thief');
  t.after(() => thief.close());
  // The largest holds data alone.
  const [data] = packsOf(thief).toSorted((a, b) => b.k - a.k);
  assert.ok(data);
  const device = await own.open('phone');
  t.after(() => device.close());
  await rotateEpoch(device);
  await forge(own, thief, data);
  const snapshot = await findSnapshot(device, 'latest');
  assert.equal((await Array.fromAsync(listEntries(device, snapshot))).length, 1);
  const { findings } = await check(device, { readData: 'all' });
  assert.ok(findings.some(({ what }) => what.includes(packName(data.name).slice(0, 18))));
  const { failed } = await own.restore();
  assert.deepEqual(
    failed.map(({ code }) => code),
    ['damaged'],
  );
});
