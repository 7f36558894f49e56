import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertHolds } from './assert-holds.ts';
import { type MakeRecords, recordsForGroup } from './records-under-test.ts';
import { type Acknowledged, type Opener, startCommitting } from './start-committing.ts';

const WRITERS = 2;
const KILL_ROUNDS = 6;
const ACKNOWLEDGED_BEFORE_KILL = 40;

/** Several processes on one database, killed in the midst of commits. */
export function testProcesses(makeRecords: MakeRecords, opener: Opener): void {
  describe('a record store of several processes', () => {
    const subject = recordsForGroup(makeRecords);

    test('holds all that was acknowledged, however often they are killed', async () => {
      const { place, openAgain } = subject.current;
      const acknowledged = new Map<string, Acknowledged>();
      for (let round = 0; round < KILL_ROUNDS; round++) {
        const writers = Array.from({ length: WRITERS }, () => startCommitting({ opener, place }));
        while (writers.some((writer) => writer.count < ACKNOWLEDGED_BEFORE_KILL)) {
          for (const writer of writers) writer.assertRuns();
          await sleep(1);
        }
        await sleep(Math.random() * 20);
        await Promise.all(writers.map((writer) => writer.kill()));
        for (const { newest } of writers) {
          for (const [id, last] of newest) acknowledged.set(id, last);
        }
        const records = await openAgain();
        await assertHolds(records, acknowledged);
        await records.close();
      }
      assert.ok(acknowledged.size >= KILL_ROUNDS * WRITERS);
    });
  });
}
