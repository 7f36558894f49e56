import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '@holdfast/client/store';
import { listNames } from './listing.ts';
import { sampleBytes } from './sample-bytes.ts';
import { startPutting } from './start-putting.ts';
import { type MakeStore, storeForGroup } from './store-under-test.ts';

const RACERS = 3;
const RACED_NAMES = 120;
const KILL_ROUNDS = 6;
const ACKNOWLEDGED_BEFORE_KILL = 4;

/** Several processes at one store: races, and kills in the midst of puts. */
export function testProcesses(makeStore: MakeStore, openerModule: string): void {
  describe('a store shared by processes', () => {
    const subject = storeForGroup(makeStore);

    test('lets one process win each name', async () => {
      const { store } = subject.current;
      const racers = Array.from({ length: RACERS }, (_, racer) =>
        startPutting({ openerModule, url: store.url, racer, names: RACED_NAMES }),
      );
      await Promise.all(racers.map((racer) => racer.isReady));
      for (const racer of racers) {
        racer.go();
      }
      await Promise.all(racers.map((racer) => racer.hasEnded));
      for (let index = 0; index < RACED_NAMES; index++) {
        const name = `race/${index}`;
        const winners = racers.filter((racer) => racer.stored.has(name));
        assert.equal(winners.length, 1, `${name} has one winner`);
        const winner = racers.indexOf(winners[0] as (typeof racers)[number]);
        assert.deepEqual(await store.get(name), sampleBytes(1000 + winner, winner));
      }
      assert.equal((await listNames(store, 'race/')).length, RACED_NAMES);
    });

    test('holds whole objects only, and all acknowledged, however often writers are killed', async () => {
      const { store } = subject.current;
      for (let round = 0; round < KILL_ROUNDS; round++) {
        // Two writers of the same names, so that kills also fall between their races.
        const writers = [round, round].map((seed) =>
          startPutting({ openerModule, url: store.url, seed }),
        );
        await Promise.all(writers.map((writer) => writer.isReady));
        for (const writer of writers) {
          writer.go();
        }
        while (writers.some((writer) => writer.stored.size < ACKNOWLEDGED_BEFORE_KILL)) {
          await sleep(1);
        }
        await sleep(Math.random() * 20);
        await Promise.all(writers.map((writer) => writer.kill()));
        const listed = await assertWhole(store);
        for (const writer of writers) {
          for (const name of writer.stored) {
            assert.ok(listed.has(name), `${name} was acknowledged`);
          }
        }
      }
      // What the dead left lying about keeps nobody from going on where they were.
      const successor = startPutting({ openerModule, url: store.url, seed: 0, names: 60 });
      await successor.isReady;
      successor.go();
      await successor.hasEnded;
      assert.equal(successor.answered.size, 60);
      await assertWhole(store);
    });
  });
}

/** @returns the names below `packs/`, each of which ends in the SHA-256 of what it holds. */
async function assertWhole(store: Store): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { name, lengthBytes } of store.list('packs/')) {
    const bytes = await store.get(name);
    assert.equal(bytes?.length, lengthBytes);
    assert.equal(name.split('/').at(-1), createHash('sha256').update(bytes).digest('hex'));
    names.add(name);
  }
  return names;
}
