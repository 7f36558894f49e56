import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HoldfastError } from '@holdfast/core/errors';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { SharedStore } from '../fixture/shared-store.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';
import { readMarks } from './mark-objects.ts';
import { prune } from './prune.ts';

interface EndingTest {
  after(fn: () => void): void;
}

function begin(test: EndingTest): Promise<SharedStore> {
  return SharedStore.begin(test, (nowMs) => new MemoryStore({ nowMs }));
}

/** Two snapshots of which the first alone uses most; the first is forgotten. */
async function withDeadPacks(test: EndingTest): Promise<SharedStore> {
  const shared = await begin(test);
  for (let i = 0; i < 8; i++) shared.write('phone', `old-${i}`, i);
  await shared.backUp('phone');
  for (let i = 0; i < 8; i++) shared.remove('phone', `old-${i}`);
  shared.write('phone', 'new', 100);
  await shared.backUp('phone');
  await shared.forget('phone', { numbers: [1] });
  return shared;
}

describe('prune()', () => {
  test('frees what forgotten snapshots alone used', async (t) => {
    const shared = await withDeadPacks(t);
    const before = await shared.storedBytes();
    const { deleted, bytesFreed } = await shared.prune('phone', { graceMs: 0 });
    assert.ok(deleted > 0);
    assert.ok(bytesFreed >= 8 * 200_000, `${bytesFreed} bytes freed`);
    assert.ok((await shared.storedBytes()) < before - 1_000_000);
    await shared.assertAllRestore();
  });

  test('deletes nothing before the grace has passed, by either clock', async (t) => {
    const shared = await withDeadPacks(t);
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

  test('is not held off by a mark of a device whose clock runs ahead', async (t) => {
    const shared = await withDeadPacks(t);
    const ahead = await shared.prune('laptop', { now: () => shared.nowMs + 365 * 86_400_000 });
    const { marked } = await shared.prune('phone');
    assert.equal(marked, ahead.marked);
    shared.pass(7);
    assert.ok((await shared.prune('phone')).deleted > 0);
    await shared.assertAllRead();
  });

  test('frees by its own clock and the store by its own, however far they are apart', async (t) => {
    const shared = await withDeadPacks(t);
    const now = () => shared.nowMs - 365 * 86_400_000;
    const { waitingUntilMs } = await shared.prune('phone', { now });
    assert.equal(waitingUntilMs, now() + 7 * 86_400_000);
    shared.pass(7);
    const { deleted, waiting } = await shared.prune('phone', { now });
    assert.ok(deleted > 0);
    assert.ok(waiting <= 1);
    await shared.assertAllRead();
  });

  test('frees nearly everything when all snapshots are forgotten, and backups go on', async (t) => {
    const shared = await withDeadPacks(t);
    await shared.forget('phone', { numbers: [2] });
    await shared.prune('phone');
    shared.pass(7);
    await shared.prune('phone');
    const packs = await shared.names('packs/');
    assert.ok(packs.length <= 3, `${packs.length} packs are left`);
    await shared.assertAllRead();
    assert.equal(await shared.backUp('phone'), 3);
    await shared.assertAllRead();
  });

  test('comes to rest', async (t) => {
    const shared = await withDeadPacks(t);
    for (let i = 0; i < 4; i++) {
      shared.pass(8);
      await shared.prune('phone');
    }
    const names = await shared.names();
    shared.pass(8);
    const { marked, deleted, rewritten } = await shared.prune('phone');
    assert.deepEqual([marked, deleted, rewritten], [0, 0, 0]);
    assert.deepEqual(await shared.names(), names);
  });

  test('only tells what it would do when asked to', async (t) => {
    const shared = await withDeadPacks(t);
    const names = await shared.names();
    const foreseen = await shared.prune('phone', { dryRun: true });
    assert.ok(foreseen.marked > 0 && foreseen.bytesMarked > 0 && foreseen.deleted === 0);
    assert.deepEqual(await shared.names(), names);
    // Tables that are written anew leave a little more than can be foreseen.
    const { bytesMarked } = await shared.prune('phone');
    const moreBytes = bytesMarked - foreseen.bytesMarked;
    assert.ok(moreBytes >= 0 && moreBytes <= 1_000_000, `${moreBytes} bytes more`);
    shared.pass(8);
    const later = await shared.prune('phone', { dryRun: true });
    const { deleted, bytesFreed } = await shared.prune('phone');
    assert.deepEqual([deleted, bytesFreed], [later.deleted, later.bytesFreed]);
  });

  test('takes the mark off packs that are used again', async (t) => {
    const shared = await withDeadPacks(t);
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
    const shared = await begin(t);
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
    const shared = await begin(t);
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

  test('copies what is live out of packs that are mostly dead', async (t) => {
    const shared = await begin(t);
    for (let i = 0; i < 100; i++) shared.write('phone', `file-${i}`, i);
    await shared.backUp('phone');
    for (let i = 0; i < 100; i++) if (i % 5 > 0) shared.remove('phone', `file-${i}`);
    await shared.backUp('phone');
    await shared.forget('phone', { numbers: [1] });
    const foreseen = await shared.prune('phone', { dryRun: true });
    const { rewritten, bytesRewritten } = await shared.prune('phone');
    assert.ok(rewritten > 0);
    assert.deepEqual([rewritten, bytesRewritten], [foreseen.rewritten, foreseen.bytesRewritten]);
    await shared.assertAllRead();
    shared.pass(8);
    const { bytesFreed } = await shared.prune('phone');
    assert.ok(bytesFreed > 10_000_000, `${bytesFreed} bytes freed`);
    assert.ok((await shared.storedBytes()) < 9_000_000);
    await shared.assertAllRead();
    // The names in the new packs' own indexes are those of the old ones.
    const before = await shared.storedBytes();
    for (let i = 0; i < 100; i += 5) shared.write('laptop', `copy-${i}`, i);
    await shared.backUp('laptop');
    assert.ok((await shared.storedBytes()) - before < 1_500_000);
    await shared.assertAllRead();
  });

  test('does no harm when a pack to be copied is damaged', async (t) => {
    const shared = await begin(t);
    for (let i = 0; i < 100; i++) shared.write('phone', `file-${i}`, i);
    await shared.backUp('phone');
    for (let i = 0; i < 100; i++) if (i % 5 > 0) shared.remove('phone', `file-${i}`);
    await shared.backUp('phone');
    await shared.forget('phone', { numbers: [1] });
    const foreseen = await shared.prune('phone', { dryRun: true });
    const damaged = new FaultStore(shared.store, [
      { call: 'get', prefix: 'packs/', times: 1, nth: 12, fault: { kind: 'flip', bit: 5 } },
    ]);
    try {
      const { rewritten } = await shared.prune('phone', { store: damaged });
      assert.ok(rewritten <= foreseen.rewritten);
    } catch (error) {
      assert.ok(error instanceof HoldfastError && error.code === 'damaged');
    }
    await shared.assertAllRead();
  });

  test('takes packs off the index that are lost and not needed', async (t) => {
    const shared = await withDeadPacks(t);
    await shared.prune('phone');
    const backup = await shared.open('phone');
    const marked = (await readMarks(backup, undefined)).flatMap(({ packs }) => packs);
    const indexed = marked.find((name) => backup.state.segments.packs.has(name)) as string;
    await shared.store.delete(`packs/${indexed.slice(0, 2)}/${indexed}`);
    await prune(backup);
    assert.ok(!backup.state.segments.packs.has(indexed));
    await backup.close();
    await shared.assertAllRead();
  });

  test('refuses impossible options', async (t) => {
    const shared = await begin(t);
    await assert.rejects(shared.prune('phone', { graceMs: -1 }), RangeError);
    await assert.rejects(shared.prune('phone', { graceMs: Number.NaN }), RangeError);
    await assert.rejects(shared.prune('phone', { maxUnusedFraction: 2 }), RangeError);
  });

  test('stops at a mark that is damaged, and backups go on', async (t) => {
    const shared = await withDeadPacks(t);
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
