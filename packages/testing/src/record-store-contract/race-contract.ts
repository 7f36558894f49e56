import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleBytes } from '../store-contract/sample-bytes.ts';
import { type MakeRecords, recordsForGroup } from './records-under-test.ts';
import { freshId, plainChange, stored } from './sample-change.ts';

const RACERS = 100;

/** Many at once, over several nodes: one order, and one winner. */
export function testRaces(makeRecords: MakeRecords): void {
  describe('of many commits at once', () => {
    const subject = recordsForGroup(makeRecords);

    test('one wins each revision of a ledger', async () => {
      const { records, openAgain } = subject.current;
      const other = await openAgain();
      const id = freshId();
      for (let round = 0; round < 5; round++) {
        const outcomes = await Promise.all(
          Array.from({ length: RACERS }, (_, racer) =>
            (racer % 2 === 0 ? records : other).commit({
              ...plainChange(id, round === 0 ? null : round, racer),
              appendLog: { firstNumber: round + 1, entries: [sampleBytes(96, racer)] },
            }),
          ),
        );
        const winner = outcomes.indexOf('committed');
        assert.equal(outcomes.filter((outcome) => outcome === 'conflict').length, RACERS - 1);
        const sealed = sampleBytes(300, winner);
        assert.deepEqual(await other.read(id), stored(round + 1, sealed));
        assert.deepEqual(await records.readLog(id, round + 1, 9), [sampleBytes(96, winner)]);
      }
      await other.close();
    });

    test('one uses a token', async () => {
      const { records, openAgain } = subject.current;
      const other = await openAgain();
      for (let round = 0; round < 5; round++) {
        const consumeToken = { tokenHash: freshId(), expiresAtMs: 1000 };
        const ids = Array.from({ length: RACERS }, freshId);
        const outcomes = await Promise.all(
          ids.map((id, racer) =>
            (racer % 2 === 0 ? records : other).commit({ ...plainChange(id, null), consumeToken }),
          ),
        );
        assert.equal(outcomes.filter((outcome) => outcome === 'token-used').length, RACERS - 1);
        const winner = outcomes.indexOf('committed');
        for (const [racer, id] of ids.entries()) {
          assert.equal((await records.read(id)) !== null, racer === winner);
        }
      }
      await other.close();
    });

    test('one writes a setting', async () => {
      const { records, openAgain } = subject.current;
      const other = await openAgain();
      const answers = await Promise.all(
        Array.from({ length: RACERS }, (_, racer) =>
          (racer % 2 === 0 ? records : other).writeSetting('raced', null, sampleBytes(9, racer)),
        ),
      );
      assert.equal(answers.filter((answer) => answer === 'conflict').length, RACERS - 1);
      const winner = answers.indexOf('written');
      assert.deepEqual(await records.readSetting('raced'), sampleBytes(9, winner));
      await other.close();
    });

    test('none fails for its neighbours, whatever those are', async () => {
      const { records } = subject.current;
      const consumeToken = { tokenHash: freshId(), expiresAtMs: 1000 };
      const taken = freshId();
      await records.commit({ ...plainChange(taken, null), consumeToken });
      const ids = Array.from({ length: 40 }, freshId);
      const outcomes = await Promise.all(
        ids.flatMap((id) => [
          records.commit(plainChange(id, null)),
          records.commit(plainChange(taken, null)),
          records.commit({ ...plainChange(taken, 1), consumeToken }),
          records
            .commit({ ...plainChange(taken, 1), appendLog: { firstNumber: 7, entries: [id] } })
            .catch((error: unknown) => (error as Error).name),
        ]),
      );
      for (const [i, id] of ids.entries()) {
        assert.deepEqual(outcomes.slice(4 * i, 4 * i + 4), [
          'committed',
          'conflict',
          'token-used',
          'RangeError',
        ]);
        assert.equal((await records.read(id))?.revision, 1);
      }
      assert.equal((await records.read(taken))?.revision, 1);
    });

    test('nodes that retry on conflict count without a gap', async () => {
      const { records, openAgain } = subject.current;
      const other = await openAgain();
      const id = freshId();
      await records.commit(plainChange(id, null));
      await Promise.all(
        Array.from({ length: 10 }, async (_, worker) => {
          const node = worker % 2 === 0 ? records : other;
          for (let done = 0; done < 10; ) {
            const revision = (await node.read(id))?.revision ?? 0;
            const appendLog = { firstNumber: revision, entries: [sampleBytes(8, revision)] };
            const outcome = await node.commit({ ...plainChange(id, revision), appendLog });
            if (outcome === 'committed') done++;
          }
        }),
      );
      const log = await records.readLog(id, 1, 1000);
      assert.deepEqual(
        log,
        Array.from({ length: 100 }, (_, i) => sampleBytes(8, i + 1)),
      );
      await other.close();
    });
  });
}
