import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LedgerChange } from '@holdfast/vault/records';
import { sampleBytes } from '../store-contract/sample-bytes.ts';
import { type MakeRecords, recordsForGroup } from './records-under-test.ts';
import { freshId, fullChange, plainChange } from './sample-change.ts';

/** What changes with a ledger's state: its log, its objects, and tokens. */
export function testParts(makeRecords: MakeRecords): void {
  describe('with a change,', () => {
    const subject = recordsForGroup(makeRecords);

    test('a log grows by one or many entries, which are read from any number', async () => {
      const { records } = subject.current;
      const id = freshId();
      assert.deepEqual(await records.readLog(id, 1, 10), []);
      const entries = Array.from({ length: 300 }, (_, i) => sampleBytes(1 + (i % 100), i));
      let revision: number | null = null;
      for (const [from, to] of [
        [0, 1],
        [1, 257],
        [257, 300],
      ] as const) {
        const appendLog = { firstNumber: from + 1, entries: entries.slice(from, to) };
        const change: LedgerChange = { ...plainChange(id, revision), appendLog };
        assert.equal(await records.commit(change), 'committed');
        revision = (revision ?? 0) + 1;
      }
      assert.deepEqual(await records.readLog(id, 1, 1000), entries);
      assert.deepEqual(await records.readLog(id, 250, 20), entries.slice(249, 269));
      assert.deepEqual(await records.readLog(id, 300, 20), entries.slice(299));
      assert.deepEqual(await records.readLog(id, 301, 20), []);
    });

    test('a log takes nothing but what goes on where it ends', async () => {
      const { records } = subject.current;
      const id = freshId();
      const late = { ...fullChange(id, null, 1), appendLog: entriesFrom(2) };
      await assert.rejects(records.commit(late), RangeError);
      assert.equal(await records.read(id), null);
      await records.commit({ ...plainChange(id, null), appendLog: entriesFrom(1) });
      for (const firstNumber of [1, 2, 4]) {
        const change = { ...fullChange(id, 1, 1), appendLog: entriesFrom(firstNumber) };
        await assert.rejects(records.commit(change), RangeError);
        const { consumeToken } = change;
        const other = { ...plainChange(freshId(), null), consumeToken };
        assert.equal(await records.commit(other), 'committed', 'the token is still good');
      }
      assert.equal((await records.read(id))?.revision, 1);
      assert.equal((await records.readLog(id, 1, 10)).length, 2);
    });

    test('objects come and go, each ledger with its own', async () => {
      const { records } = subject.current;
      const [id, other] = [freshId(), freshId()];
      const [kept, gone, missing] = [freshId(), freshId(), freshId()];
      const putObjects = [
        { name: kept, bytes: sampleBytes(32_768, 1) },
        { name: gone, bytes: new Uint8Array() },
      ];
      await records.commit({ ...plainChange(id, null), putObjects });
      await records.commit({
        ...plainChange(other, null),
        putObjects: [{ name: gone, bytes: sampleBytes(5, 5) }],
      });
      assert.deepEqual(await records.readObject(id, kept), sampleBytes(32_768, 1));
      assert.deepEqual(await records.readObject(id, gone), new Uint8Array());
      await records.commit({ ...plainChange(id, 1), deleteObjects: [gone, missing] });
      assert.equal(await records.readObject(id, gone), null);
      assert.deepEqual(await records.readObject(id, kept), sampleBytes(32_768, 1));
      assert.deepEqual(await records.readObject(other, gone), sampleBytes(5, 5));
      assert.equal(await records.readObject(other, kept), null);
      assert.equal(await records.readObject(freshId(), kept), null);
    });

    test('an object takes the place of another in one change, or not at all', async () => {
      const { records } = subject.current;
      const id = freshId();
      const names = [freshId(), freshId(), freshId()] as const;
      const replace = (revision: number | null, put: number, deleteObjects: Uint8Array[]) => ({
        ...plainChange(id, revision),
        putObjects: [{ name: names[put] as Uint8Array, bytes: sampleBytes(4096, put) }],
        deleteObjects,
      });
      const there = async (): Promise<boolean[]> =>
        await Promise.all(names.map(async (name) => (await records.readObject(id, name)) !== null));
      await records.commit(replace(null, 0, []));
      assert.equal(await records.commit(replace(1, 1, [names[0]])), 'committed');
      assert.deepEqual(await there(), [false, true, false]);
      assert.equal(await records.commit(replace(1, 2, [names[1]])), 'conflict');
      assert.deepEqual(await there(), [false, true, false]);
    });

    test('an object that is put again keeps the bytes it had', async () => {
      const { records } = subject.current;
      const id = freshId();
      const name = freshId();
      for (const [revision, seed] of [1, 2, 3].entries()) {
        const putObjects = [{ name, bytes: sampleBytes(10, seed) }];
        const change = { ...plainChange(id, revision === 0 ? null : revision), putObjects };
        assert.equal(await records.commit(change), 'committed');
        assert.deepEqual(await records.readObject(id, name), sampleBytes(10, 1));
      }
    });

    test('a token is used once over all ledgers, whatever is said of its expiry', async () => {
      const { records } = subject.current;
      const [id, other] = [freshId(), freshId()];
      const tokenHash = freshId();
      const first = { ...fullChange(id, null, 1), consumeToken: { tokenHash, expiresAtMs: 5000 } };
      assert.equal(await records.commit(first), 'committed');
      for (const expiresAtMs of [0, 5000, 9000]) {
        const consumeToken = { tokenHash, expiresAtMs };
        const own = { ...fullChange(id, 1, 3), consumeToken };
        assert.equal(await records.commit(own), 'token-used');
        const others = { ...fullChange(other, null, 1), consumeToken };
        assert.equal(await records.commit(others), 'token-used');
        assert.equal((await records.read(id))?.revision, 1);
        assert.equal((await records.readLog(id, 1, 10)).length, 2);
        assert.equal(await records.readObject(id, own.putObjects[0]?.name as Uint8Array), null);
        assert.equal(await records.read(other), null);
      }
      assert.equal(await records.commit({ ...first, expectedRevision: 5 }), 'conflict');
    });
  });
}

function entriesFrom(firstNumber: number) {
  return { firstNumber, entries: [sampleBytes(96, 1), sampleBytes(96, 2)] };
}
