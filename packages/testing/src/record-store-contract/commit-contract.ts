import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleBytes } from '../store-contract/sample-bytes.ts';
import { type MakeRecords, recordsForGroup } from './records-under-test.ts';
import { freshId, fullChange, plainChange, stored } from './sample-change.ts';

/** The state of a ledger: made once, changed from one revision to the next. */
export function testCommits(makeRecords: MakeRecords): void {
  describe('commit()', () => {
    const subject = recordsForGroup(makeRecords);

    test('makes a ledger and changes it, one revision at a time', async () => {
      const { records } = subject.current;
      const id = freshId();
      assert.equal(await records.read(id), null);
      assert.equal(await records.readSettled(id), null);
      assert.equal(await records.commit(plainChange(id, null, 1)), 'committed');
      assert.deepEqual(await records.read(id), stored(1, sampleBytes(300, 1)));
      assert.equal(await records.commit(plainChange(id, 1, 2)), 'committed');
      assert.equal(await records.commit({ ...plainChange(id, 2, 3), dueAtMs: 0 }), 'committed');
      const third = { ...stored(3, sampleBytes(300, 3)), dueAtMs: 0 };
      assert.deepEqual(await records.read(id), third);
      assert.deepEqual(await records.readSettled(id), third);
      const dueAtMs = Number.MAX_SAFE_INTEGER;
      await records.commit({ ...plainChange(id, 3, 3), dueAtMs });
      assert.equal((await records.readSettled(id))?.dueAtMs, dueAtMs);
    });

    test('answers conflict, and changes nothing, at any other revision', async () => {
      const { records } = subject.current;
      const id = freshId();
      assert.equal(await records.commit(plainChange(id, 1)), 'conflict');
      assert.equal(await records.read(id), null);
      await records.commit(fullChange(id, null, 1));
      await records.commit(plainChange(id, 1));
      for (const revision of [null, 1, 3, Number.MAX_SAFE_INTEGER]) {
        const change = { ...fullChange(id, revision, 3), sealed: sampleBytes(300, 9) };
        assert.equal(await records.commit(change), 'conflict');
        assert.deepEqual(await records.read(id), stored(2, sampleBytes(300, 1)));
        assert.equal((await records.readLog(id, 1, 10)).length, 2);
        assert.equal(await records.readObject(id, change.putObjects[0]?.name as Uint8Array), null);
        const { consumeToken } = change;
        const other = { ...plainChange(freshId(), null), consumeToken };
        assert.equal(await records.commit(other), 'committed', 'the token is still good');
      }
    });

    test('keeps ledgers apart, however many change at once', async () => {
      const { records } = subject.current;
      const ids = Array.from({ length: 300 }, freshId);
      const outcomes = await Promise.all(
        ids.map((id, seed) => records.commit(plainChange(id, null, seed))),
      );
      assert.ok(outcomes.every((outcome) => outcome === 'committed'));
      for (const [seed, id] of ids.entries()) {
        assert.deepEqual(await records.read(id), stored(1, sampleBytes(300, seed)));
      }
    });

    test('stores states of one byte and of 64 KiB', async () => {
      const { records } = subject.current;
      const id = freshId();
      for (const [revision, bytes] of [1, 65_536].entries()) {
        const sealed = sampleBytes(bytes, bytes);
        await records.commit({ ...plainChange(id, revision === 0 ? null : revision), sealed });
        assert.deepEqual(await records.read(id), stored(revision + 1, sealed));
      }
    });

    test('keeps what it was given, not the array it was given in', async () => {
      const { records } = subject.current;
      const id = freshId();
      const given = fullChange(new Uint8Array(id), null, 1);
      const expected = structuredClone(given);
      const name = new Uint8Array(expected.putObjects[0]?.name as Uint8Array);
      const underWay = records.commit(given);
      for (const bytes of [
        given.ledgerId,
        given.sealed,
        ...given.appendLog.entries,
        ...given.putObjects.flatMap((put) => [put.name, put.bytes]),
        given.consumeToken.tokenHash,
      ]) {
        bytes.fill(0);
      }
      assert.equal(await underWay, 'committed');
      const { dueAtMs } = expected;
      assert.deepEqual(await records.read(id), { ...stored(1, expected.sealed), dueAtMs });
      assert.deepEqual(await records.readLog(id, 1, 10), expected.appendLog.entries);
      assert.deepEqual(await records.readObject(id, name), expected.putObjects[0]?.bytes);
      const { consumeToken } = expected;
      const again = { ...plainChange(freshId(), null), consumeToken };
      assert.equal(await records.commit(again), 'token-used');
    });

    test('takes bytes that are part of a larger or of a shared buffer', async () => {
      const { records } = subject.current;
      const id = freshId();
      const shared = new Uint8Array(new SharedArrayBuffer(300));
      shared.set(sampleBytes(300, 4));
      await records.commit({ ...plainChange(id, null), sealed: shared.subarray(100, 200) });
      const sealed = sampleBytes(300, 4).slice(100, 200);
      assert.deepEqual(await records.read(id), stored(1, sealed));
    });

    test('shows at once to other nodes what it acknowledged', async () => {
      const { records, openAgain } = subject.current;
      const other = await openAgain();
      const id = freshId();
      await records.commit(plainChange(id, null, 1));
      for (let revision = 1; revision < 20; revision++) {
        const [writer, reader] = revision % 2 === 0 ? [records, other] : [other, records];
        assert.equal(await writer.commit(plainChange(id, revision, revision + 1)), 'committed');
        const sealed = sampleBytes(300, revision + 1);
        assert.deepEqual(await reader.read(id), stored(revision + 1, sealed));
      }
      await other.close();
    });
  });
}
