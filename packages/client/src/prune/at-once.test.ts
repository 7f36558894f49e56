/** Devices that do their work at the same time, call by call as it comes. */
import { describe, test } from 'node:test';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { SharedStore } from '../fixture/shared-store.ts';

const ROUNDS = process.env.SLOW === '1' ? 60 : 4;
/** Deletes everything that it can, at once. */
const ALL = { graceMs: 0, maxUnusedFraction: 0 };

async function begin(test: { after(fn: () => void): void }): Promise<SharedStore> {
  const shared = await SharedStore.begin(test, (nowMs) => new MemoryStore({ nowMs }));
  for (let day = 0; day < 3; day++) {
    shared.write('phone', `file-${day}`, day);
    shared.writeDatabase('phone', day);
    await shared.backUp('phone');
  }
  return shared;
}

describe('devices at one store at once', () => {
  test('two prunes lose nothing', async (t) => {
    const shared = await begin(t);
    await shared.forget('laptop', { numbers: [1] });
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([shared.prune('phone', ALL), shared.prune('laptop', ALL)]);
      await shared.assertAllRead();
    }
  });

  test('a prune, a backup and a forget lose nothing', async (t) => {
    const shared = await begin(t);
    for (let round = 0; round < ROUNDS; round++) {
      shared.write('phone', `round-${round}`, 70 + round);
      shared.writeDatabase('phone', 70 + round);
      await Promise.all([
        shared.prune('laptop', ALL),
        shared.backUp('phone'),
        shared.forget('tablet', { last: 2 }),
      ]);
      await shared.assertAllRead();
    }
  });
});
