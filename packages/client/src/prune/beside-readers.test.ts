/** Restores and checks that are held up while another device forgets and prunes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { HoldfastError } from '@holdfast/core/errors';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { check } from '../check/check.ts';
import { assertSameTree, readTree } from '../fixture/folder-tree.ts';
import { SharedStore } from '../fixture/shared-store.ts';
import type { Backup } from '../repository/backup.ts';
import { restore } from '../restore/restore.ts';
import { findSnapshot } from '../snapshots/list-snapshots.ts';

/** Two snapshots, the first of which shows files and pages that the second does not. */
async function begin(test: { after(fn: () => void): void }): Promise<SharedStore> {
  const shared = await SharedStore.begin(test, (nowMs) => new MemoryStore({ nowMs }));
  for (let day = 0; day < 2; day++) {
    for (let i = 0; i < 6; i++) shared.write('phone', `file-${i}`, day * 3 + i);
    shared.writeDatabase('phone', day);
    await shared.backUp('phone');
  }
  return shared;
}

/** Runs `read` with a device of its own, and `meanwhile` when it has made so many reads of packs. */
async function holdUp<Result>(
  shared: SharedStore,
  nth: number,
  read: (backup: Backup) => Promise<Result>,
  meanwhile: () => Promise<unknown>,
): Promise<Result> {
  const release = Promise.withResolvers<void>();
  const store = new FaultStore(shared.store);
  const backup = await shared.open('reader', store);
  try {
    const before = store.calls.length;
    const fault = { kind: 'hold', until: release.promise } as const;
    store.setRules([{ call: 'get', prefix: 'packs/', nth, times: 1000, fault }]);
    let hasEnded = false;
    const reading = read(backup).finally(() => {
      hasEnded = true;
    });
    const isHeld = () => {
      const calls = store.calls.slice(before).filter(({ name }) => name.startsWith('packs/'));
      return calls.filter(({ call }) => call === 'get').length >= nth;
    };
    while (!isHeld() && !hasEnded) await setTimeout(1);
    await meanwhile();
    release.resolve();
    return await reading;
  } finally {
    await backup.close();
  }
}

/** Forgets the first snapshot and prunes twice, so many days apart. */
async function forgetAndPrune(shared: SharedStore, days: number): Promise<void> {
  await shared.forget('laptop', { numbers: [1] });
  await shared.prune('laptop', { maxUnusedFraction: 0 });
  shared.pass(days);
  await shared.prune('laptop', { maxUnusedFraction: 0 });
}

describe('prune() beside readers', () => {
  for (const nth of [1, 2]) {
    test(`leaves a restore what it needs, held up at read ${nth} for less than the grace`, async (t) => {
      const shared = await begin(t);
      const expected = await readTree(shared.path('phone'));
      for (const number of [1, 2]) {
        const reset = await shared.save();
        const to = join(shared.folder, `to-${number}`);
        const { failed } = await holdUp(
          shared,
          nth,
          async (backup) => restore(backup, await findSnapshot(backup, String(number)), { to }),
          () => forgetAndPrune(shared, 6),
        );
        assert.deepEqual(failed, []);
        if (number === 2) assertSameTree(await readTree(join(to, 'source-phone')), expected);
        await reset();
      }
    });
  }

  test('leaves a check in full what it needs for less than the grace', async (t) => {
    const shared = await begin(t);
    const { findings } = await holdUp(
      shared,
      3,
      (backup) => check(backup, { readData: 'all' }),
      () => forgetAndPrune(shared, 6),
    );
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'damage'),
      [],
    );
  });

  test('lets a restore name what it came too late for, and the next one have it all', async (t) => {
    const shared = await begin(t);
    const expected = await readTree(shared.path('phone'));
    const to = join(shared.folder, 'to');
    const restoreNewest = async (backup: Backup) =>
      restore(backup, await findSnapshot(backup, 'latest'), { to });
    const late = await holdUp(shared, 1, restoreNewest, () => forgetAndPrune(shared, 8)).then(
      ({ failed }) => failed.map(({ code }) => code),
      ({ code }: HoldfastError) => [code],
    );
    assert.deepEqual([...new Set(late)], ['object-missing']);
    const again = await holdUp(shared, 1, restoreNewest, async () => undefined);
    assert.deepEqual(again.failed, []);
    assertSameTree(await readTree(join(to, 'source-phone')), expected);
  });
});
