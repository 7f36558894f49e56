import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { backUp } from '../backup/back-up.ts';
import { SharedStore } from '../fixture/shared-store.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';
import { type ForgetPolicy, forget } from './forget.ts';

interface EndingTest {
  after(fn: () => void): void;
}

/** Three snapshots of the phone and two of the laptop, a day apart. */
async function begin(test: EndingTest): Promise<SharedStore> {
  const shared = await SharedStore.begin(test, (nowMs) => new MemoryStore({ nowMs }));
  for (const [i, device] of ['phone', 'laptop', 'phone', 'laptop', 'phone'].entries()) {
    shared.makeFolder(device, `day-${i}`);
    await shared.backUp(device);
    shared.pass(1);
  }
  return shared;
}

async function numbers(shared: SharedStore): Promise<number[]> {
  const backup = await shared.open('reader');
  const snapshots = await listSnapshots(backup);
  await backup.close();
  return snapshots.map(({ number }) => number);
}

describe('forget()', () => {
  test('keeps each device its own series', async (t) => {
    const shared = await begin(t);
    assert.deepEqual(await shared.forget('phone', { last: 1 }), [1, 2, 3]);
    assert.deepEqual(await numbers(shared), [4, 5]);
    await shared.assertAllRead();
  });

  test('keeps sources of one device apart', async (t) => {
    const shared = await begin(t);
    const backup = await shared.open('phone');
    await backUp(backup, [shared.path('laptop')]);
    const { kept, removed } = await forget(backup, { last: 1 }, { dryRun: true });
    assert.deepEqual(
      kept.map(({ snapshot, reasons }) => [snapshot.number, reasons]),
      [4, 5, 6].map((number) => [number, ['last']]),
    );
    assert.deepEqual(
      removed.map(({ number }) => number),
      [1, 2, 3],
    );
    await backup.close();
  });

  test('keeps the last one of each series, unless told otherwise', async (t) => {
    const shared = await begin(t);
    const backup = await shared.open('phone');
    for (const named of [
      [4, 2],
      [1, 3, 5],
      [1, 2, 3, 4, 5],
    ]) {
      await assert.rejects(forget(backup, { numbers: named }), { code: 'last-snapshot' });
    }
    await forget(backup, { numbers: [1, 5] });
    await forget(backup, { numbers: [3], evenLast: true });
    await backup.close();
    assert.deepEqual(await numbers(shared), [2, 4]);
  });

  test('forgets exactly the named ones, the newest and all of them too', async (t) => {
    const shared = await begin(t);
    assert.deepEqual(await shared.forget('laptop', { numbers: [5, 2] }), [2, 5]);
    assert.deepEqual(await numbers(shared), [1, 3, 4]);
    await shared.assertAllRead();
    await shared.forget('laptop', { numbers: [1, 3, 4] });
    assert.deepEqual(await numbers(shared), []);
    // No number comes twice.
    assert.equal(await shared.backUp('phone'), 6);
    await shared.assertAllRead();
  });

  test('changes nothing when asked what it would do, or when there is nothing to do', async (t) => {
    const shared = await begin(t);
    const names = await shared.names();
    const backup = await shared.open('phone');
    const { removed } = await forget(backup, { last: 1 }, { dryRun: true });
    assert.equal(removed.length, 3);
    assert.deepEqual((await forget(backup, { last: 9 })).removed, []);
    await backup.close();
    assert.deepEqual(await shared.names(), names);
  });

  test('refuses a policy that keeps nothing, or makes no sense', async (t) => {
    const shared = await begin(t);
    const senseless: ForgetPolicy[] = [
      {},
      { last: 0 },
      { daily: -1, last: 1 },
      { last: 1.5 },
      { last: 1, numbers: [1] },
    ];
    for (const policy of senseless) {
      await assert.rejects(shared.forget('phone', policy), { code: 'usage' });
    }
    await assert.rejects(shared.forget('phone', { numbers: [1, 7] }), { code: 'snapshot-missing' });
    assert.deepEqual(await numbers(shared), [1, 2, 3, 4, 5]);
  });

  test('loses no snapshot that another device makes at the same time', async (t) => {
    const shared = await begin(t);
    const release = Promise.withResolvers<void>();
    const slow = new FaultStore(shared.store, [
      { call: 'put', prefix: 'heads/', nth: 1, fault: { kind: 'hold', until: release.promise } },
    ]);
    const forgetting = shared.forget('phone', { last: 1 }, slow);
    while (!slow.calls.some(({ call, name }) => call === 'put' && name.startsWith('heads/'))) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    shared.makeFolder('laptop', 'more');
    assert.equal(await shared.backUp('laptop'), 6);
    release.resolve();
    // What is the newest is decided anew.
    assert.deepEqual(await forgetting, [1, 2, 3, 4]);
    assert.deepEqual(await numbers(shared), [5, 6]);
    await shared.assertAllRead();
  });
});
