/** Marks and their grace: what waits, for how long, and by which clock. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { type MakeStore, SharedStore } from '../fixture/shared-store.ts';
import { readMarks } from '../repository/mark-objects.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';

const makeStore: MakeStore = (nowMs) => new MemoryStore({ nowMs });

describe('the grace of prune()', () => {
  test('deletes nothing before the grace has passed, by either clock', async (t) => {
    const shared = await SharedStore.withDeadPacks(t, makeStore);
    const packs = await shared.names('packs/');
    const first = await shared.prune('phone');
    assert.ok(first.marked > 0 && first.deleted === 0);
    shared.pass(6.9);
    const early = await shared.prune('laptop');
    assert.deepEqual([early.marked, early.deleted], [0, 0]);
    // A device whose clock runs ahead by a year.
    const ahead = await shared.prune('laptop', { now: () => shared.nowMs + 365 * 86_400_000 });
    assert.equal(ahead.deleted, 0);
    assert.deepEqual(
      (await shared.names('packs/')).filter((name) => packs.includes(name)),
      packs,
    );
    shared.pass(0.2);
    // A device whose clock is behind.
    const behind = await shared.prune('laptop', { now: () => shared.nowMs - 86_400_000 });
    assert.equal(behind.deleted, 0);
    const late = await shared.prune('laptop');
    assert.ok(late.deleted > 0);
    await shared.assertAllRead();
  });

  test('is not held up by objects whose names are of no mark', async (t) => {
    const shared = await SharedStore.withDeadPacks(t, makeStore);
    const names = ['marks/junk', `marks/${'x'.repeat(64)}`, `marks/${'0'.repeat(64)}.new`];
    for (const name of names) await shared.store.put(name, new Uint8Array(3));
    assert.ok((await shared.prune('phone')).marked > 0);
    shared.pass(7.1);
    assert.ok((await shared.prune('laptop')).deleted > 0);
    await shared.assertAllRead();
  });

  test('is not held off by a mark of a device whose clock runs ahead', async (t) => {
    const shared = await SharedStore.withDeadPacks(t, makeStore);
    const ahead = await shared.prune('laptop', { now: () => shared.nowMs + 365 * 86_400_000 });
    const { marked } = await shared.prune('phone');
    assert.equal(marked, ahead.marked);
    shared.pass(7);
    assert.ok((await shared.prune('phone')).deleted > 0);
    await shared.assertAllRead();
  });

  test('frees by its own clock and the store by its own, however far they are apart', async (t) => {
    const shared = await SharedStore.withDeadPacks(t, makeStore);
    const now = () => shared.nowMs - 365 * 86_400_000;
    const { waitingUntilMs } = await shared.prune('phone', { now });
    assert.equal(waitingUntilMs, now() + 7 * 86_400_000);
    shared.pass(7);
    const { deleted, waiting } = await shared.prune('phone', { now });
    assert.ok(deleted > 0);
    assert.ok(waiting <= 1);
    await shared.assertAllRead();
  });

  test('takes the mark off packs that are used again', async (t) => {
    const shared = await SharedStore.withDeadPacks(t, makeStore);
    await shared.prune('phone');
    for (let i = 0; i < 8; i++) shared.write('phone', `again-${i}`, i);
    const before = await shared.storedBytes();
    await shared.backUp('phone');
    assert.ok((await shared.storedBytes()) - before < 1_000_000, 'dead chunks are used again');
    shared.pass(8);
    await shared.prune('phone');
    await shared.assertAllRead();
    const backup = await shared.open('phone');
    const marked = new Set((await readMarks(backup, undefined)).flatMap(({ packs }) => packs));
    await backup.close();
    const needed = (await shared.prune('phone', { dryRun: true })).waiting;
    assert.ok(marked.size <= needed, 'only packs that nobody needs are marked');
  });

  test('leaves an interrupted backup what it needs to go on', async (t) => {
    const shared = await SharedStore.begin(t, makeStore);
    for (let i = 0; i < 20; i++) shared.write('phone', `file-${i}`, i, 1_000_000);
    const cut = new FaultStore(shared.store, [
      { call: 'put', prefix: 'heads/', fault: { kind: 'fail', code: 'store-denied' } },
    ]);
    await assert.rejects(shared.backUp('phone', cut), { code: 'store-denied' });
    const before = await shared.storedBytes();
    const { marked, deleted } = await shared.prune('laptop');
    assert.ok(marked > 0 && deleted === 0);
    await shared.backUp('phone');
    assert.ok((await shared.storedBytes()) - before < 3_000_000, 'the packs are taken up again');
    shared.pass(8);
    await shared.prune('laptop');
    await shared.assertAllRead();
  });

  test('frees what an interrupted backup left for good', async (t) => {
    const shared = await SharedStore.begin(t, makeStore);
    for (let i = 0; i < 20; i++) shared.write('phone', `file-${i}`, i);
    const cut = new FaultStore(shared.store, [
      { call: 'put', prefix: 'heads/', fault: { kind: 'fail', code: 'store-denied' } },
    ]);
    await assert.rejects(shared.backUp('phone', cut), { code: 'store-denied' });
    await shared.prune('laptop');
    shared.pass(8);
    const { bytesFreed } = await shared.prune('laptop');
    assert.ok(bytesFreed >= 20 * 200_000);
    // What it would have taken up is gone: it is stored anew.
    await shared.backUp('phone');
    await shared.assertAllRead();
  });

  test('stops at a mark that is damaged, and backups go on', async (t) => {
    const shared = await SharedStore.withDeadPacks(t, makeStore);
    await shared.prune('phone');
    const [mark] = await shared.names('marks/');
    assert.ok(mark !== undefined);
    const bytes = (await shared.store.get(mark)) as Uint8Array;
    bytes[1000] = (bytes[1000] as number) ^ 1;
    await shared.store.delete(mark);
    await shared.store.put(mark, bytes);
    await assert.rejects(shared.prune('phone'), { code: 'damaged', details: { objectName: mark } });
    shared.write('phone', 'more', 5);
    await shared.backUp('phone');
    const backup = await shared.open('phone');
    assert.equal((await listSnapshots(backup)).length, 2);
    await backup.close();
  });
});
