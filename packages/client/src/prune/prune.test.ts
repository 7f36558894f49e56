import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/core/errors';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { type MakeStore, SharedStore } from '../fixture/shared-store.ts';
import { readMarks } from '../repository/mark-objects.ts';
import { prune } from './prune.ts';

const makeStore: MakeStore = (nowMs) => new MemoryStore({ nowMs });

describe('prune()', () => {
  test('frees what forgotten snapshots alone used', async (t) => {
    const shared = await SharedStore.withDeadPacks(t, makeStore);
    const before = await shared.storedBytes();
    const { deleted, bytesFreed } = await shared.prune('phone', { graceMs: 0 });
    assert.ok(deleted > 0);
    assert.ok(bytesFreed >= 8 * 200_000, `${bytesFreed} bytes freed`);
    assert.ok((await shared.storedBytes()) < before - 1_000_000);
    await shared.assertAllRestore();
  });

  test('frees nearly everything when all snapshots are forgotten, and backups go on', async (t) => {
    const shared = await SharedStore.withDeadPacks(t, makeStore);
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
    const shared = await SharedStore.withDeadPacks(t, makeStore);
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
    const shared = await SharedStore.withDeadPacks(t, makeStore);
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

  test('copies what is live out of packs that are mostly dead', async (t) => {
    const shared = await SharedStore.begin(t, makeStore);
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
    const shared = await SharedStore.begin(t, makeStore);
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
    const shared = await SharedStore.withDeadPacks(t, makeStore);
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

  test('stops wherever it is cancelled, and breaks nothing', async (t) => {
    const shared = await SharedStore.withDeadPacks(t, makeStore);
    const reset = await shared.save();
    const prune = (store: FaultStore, signal?: AbortSignal) =>
      shared.prune('laptop', {
        graceMs: 0,
        maxUnusedFraction: 0,
        store,
        ...(signal && { signal }),
      });
    const whole = new FaultStore(shared.store);
    await prune(whole);
    const mostBytes = (await shared.storedBytes()) + 1_000_000;
    await reset();
    const { length } = whole.calls;
    for (let nth = 2; nth < length - 3; nth += process.env.SLOW === '1' ? 1 : 9) {
      const cancelling = new AbortController();
      const reached = Promise.withResolvers<void>();
      const until = reached.promise.then(() => cancelling.abort());
      const store = new FaultStore(shared.store, [{ nth, fault: { kind: 'hold', until } }]);
      const pruning = prune(store, cancelling.signal);
      pruning.catch(() => undefined);
      while (store.calls.length < nth) await setTimeout(1);
      reached.resolve();
      await assert.rejects(pruning, { code: 'cancelled' }, `call ${nth} of ${length}`);
      await shared.assertAllRead();
      await shared.prune('phone', { graceMs: 0, maxUnusedFraction: 0 });
      assert.ok((await shared.storedBytes()) < mostBytes, `call ${nth} of ${length}`);
      await shared.assertAllRead();
      await reset();
    }
  });

  test('refuses impossible options', async (t) => {
    const shared = await SharedStore.begin(t, makeStore);
    await assert.rejects(shared.prune('phone', { graceMs: -1 }), RangeError);
    await assert.rejects(shared.prune('phone', { graceMs: Number.NaN }), RangeError);
    await assert.rejects(shared.prune('phone', { maxUnusedFraction: 2 }), RangeError);
  });
});
