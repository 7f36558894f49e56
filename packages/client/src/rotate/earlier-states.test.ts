/** Going back behind a change of the root key, when what came last with the key before is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { RotatedStore, rootKeyOf } from '../fixture/rotated-store.ts';
import { fixtureDevice } from '../fixture/temporary-backup.ts';
import { acceptOlderState } from '../repository/accept-older-state.ts';
import type { Backup } from '../repository/backup.ts';
import { headName } from '../repository/object-names.ts';
import { openBackup } from '../repository/open-backup.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';

/** Two snapshots and two changes of the root key; the store has lost all but the first snapshot. */
async function begin(t: { after(fn: () => void): void }): Promise<RotatedStore> {
  const own = await RotatedStore.begin(t, (nowMs) => new MemoryStore({ nowMs }));
  const first = new Set(await own.shared.names('packs/'));
  await own.backUp('second', 2);
  await own.rotate();
  await own.rotate({ generation: 1 });
  for (const name of await own.shared.names('packs/')) {
    if (!first.has(name)) await own.shared.store.delete(name);
  }
  return own;
}

async function openOlder(own: RotatedStore): Promise<Backup> {
  const device = fixtureDevice(own.shared.folder, 'new');
  return await openBackup(own.shared.store, rootKeyOf(2), { device, onDamage: 'read-older' });
}

async function numbersIn(backup: Backup): Promise<readonly number[]> {
  return (await listSnapshots(backup)).map(({ number }) => number);
}

test('a state of a key before is gone back to when no later one can be read, and gone on from', async (t) => {
  const own = await begin(t);
  const backup = await openOlder(own);
  t.after(() => backup.close());
  assert.equal(backup.state.head.generation, 0);
  assert.deepEqual(await numbersIn(backup), [1]);
  assert.equal(await acceptOlderState(backup), true);
  await own.backUp('third', 3, { generation: 2 });
  await own.opened({ device: 'other', generation: 2 }, async (next) => {
    assert.deepEqual([next.state.head.generation, next.state.head.epoch], [2, 2]);
    assert.deepEqual(await numbersIn(next), [1, 2]);
  });
});

test('a head of a key before counts only where hashes lead to it from the key in force', async (t) => {
  const own = await begin(t);
  const name = headName(3);
  const object = await own.shared.store.get(name);
  assert.ok(object !== null);
  // Still a head by its form, and still signed by whoever has the key before.
  await own.shared.store.delete(name);
  await own.shared.store.put(name, object.with(4095, (object.at(-1) ?? 0) ^ 1));
  await assert.rejects(openOlder(own), { code: 'object-missing' });
});
