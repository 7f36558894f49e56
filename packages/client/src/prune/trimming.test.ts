import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { SharedStore } from '../fixture/shared-store.ts';
import { packName } from '../repository/object-names.ts';
import { Surveyor } from './survey.ts';
import { planTrimming, type Trimming, trim } from './trimming.ts';

/** Many days of a database, of which the newest is kept. */
async function begin(test: { after(fn: () => void): void }): Promise<SharedStore> {
  const shared = await SharedStore.begin(test, (nowMs) => new MemoryStore({ nowMs }));
  for (let day = 0; day < 6; day++) {
    shared.writeDatabase('phone', day);
    await shared.backUp('phone');
  }
  await shared.forget('phone', { last: 1 });
  return shared;
}

const SIGNAL = undefined;

test('trim()', async (t) => {
  const shared = await begin(t);
  const reset = await shared.save();
  t.afterEach(reset);

  await t.test('leaves nothing to trim, and what snapshots show', async () => {
    const backup = await shared.open('phone');
    const plan = async (): Promise<Trimming | null> => {
      const survey = await new Surveyor(backup, {}).look(backup.state);
      return await planTrimming(backup, survey, { maxUnusedFraction: 0, signal: SIGNAL });
    };
    const first = await plan();
    assert.ok(first !== null && first.sparse.size > 0);
    await trim(backup, backup.state, first, SIGNAL);
    assert.equal(await plan(), null);
    await backup.close();
    await shared.assertAllRead();
  });

  await t.test('trims the newer state when another device was first', async () => {
    const backup = await shared.open('laptop');
    const { state } = backup;
    const survey = await new Surveyor(backup, {}).look(state);
    const options = { maxUnusedFraction: 0, signal: SIGNAL };
    const planned = (await planTrimming(backup, survey, options)) as Trimming;
    // Shows pages of the groups that are moved, and others.
    shared.writeDatabase('phone', 2);
    await shared.backUp('phone');
    await shared.prune('phone', { maxUnusedFraction: 0 });
    await trim(backup, state, planned, SIGNAL);
    await backup.close();
    await shared.assertAllRead();
    await shared.prune('laptop', { graceMs: 0, maxUnusedFraction: 0 });
    await shared.assertAllRead();
  });

  await t.test('leaves the pages of a damaged group where they are', async () => {
    const backup = await shared.open('phone');
    const survey = await new Surveyor(backup, {}).look(backup.state);
    const options = { maxUnusedFraction: 0, signal: SIGNAL };
    const { sparse } = (await planTrimming(backup, survey, options)) as Trimming;
    const [damaged] = sparse;
    assert.ok(damaged !== undefined);
    const { stream, offset } = damaged.group;
    const [place] = backup.state.segments.resolve(stream, offset, 1);
    assert.ok(place !== undefined);
    await backup.close();
    const name = packName(place.pack.name);
    const whole = (await shared.store.get(name)) as Uint8Array;
    const bytes = whole.slice();
    const at = place.contentOffset + 200;
    bytes[at] = (bytes[at] as number) ^ 1;
    await shared.store.delete(name);
    await shared.store.put(name, bytes);
    await shared.prune('laptop', { graceMs: 0, maxUnusedFraction: 0 });
    // It would have been lost if the tables had let go of it.
    await shared.store.delete(name);
    await shared.store.put(name, whole);
    await shared.assertAllRead();
  });
});
