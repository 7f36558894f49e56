import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleBytes } from '../store-contract/sample-bytes.ts';
import { type MakeRecords, recordsForGroup } from './records-under-test.ts';
import { freshId, plainChange } from './sample-change.ts';

/** What concerns all ledgers: lists, old tokens, settings. */
export function testListings(makeRecords: MakeRecords): void {
  describe('over all ledgers', () => {
    const subject = recordsForGroup(makeRecords);

    test('listDue() names those that are due, the earliest first', async () => {
      const { records } = subject.current;
      const ids = Array.from({ length: 6 }, freshId);
      for (const [i, id] of ids.entries()) {
        await records.commit({ ...plainChange(id, null), dueAtMs: i === 5 ? null : 5000 - i });
      }
      assert.deepEqual(await records.listDue(4995, 10), []);
      assert.deepEqual(await records.listDue(4997, 10), [ids[4], ids[3]]);
      assert.deepEqual(await records.listDue(9e15, 10), ids.slice(0, 5).reverse());
      assert.deepEqual(await records.listDue(9e15, 2), [ids[4], ids[3]]);
      await records.commit({ ...plainChange(ids[4] as Uint8Array, 1), dueAtMs: null });
      await records.commit({ ...plainChange(ids[0] as Uint8Array, 1), dueAtMs: 0 });
      assert.deepEqual(await records.listDue(4997, 10), [ids[0], ids[3]]);
    });

    test('listLedgers() pages through all in order', async () => {
      const { records } = subject.current;
      const mine = Array.from({ length: 25 }, freshId);
      await Promise.all(mine.map((id) => records.commit(plainChange(id, null))));
      const listed: Uint8Array[] = [];
      for (let after: Uint8Array | null = null; ; after = listed.at(-1) ?? null) {
        const page = await records.listLedgers(after, 7);
        listed.push(...page);
        if (page.length < 7) break;
      }
      assert.deepEqual(
        listed,
        listed.toSorted((a, b) => Buffer.compare(a, b)),
      );
      const names = new Set(listed.map((id) => Buffer.from(id).toString('hex')));
      assert.equal(names.size, listed.length);
      assert.ok(mine.every((id) => names.has(Buffer.from(id).toString('hex'))));
      assert.deepEqual(await records.listLedgers(new Uint8Array(32).fill(255), 7), []);
    });

    test('dropExpiredTokens() forgets those that have expired, and no others', async () => {
      const { records } = subject.current;
      const token = (expiresAtMs: number) => ({ tokenHash: freshId(), expiresAtMs });
      const tokens = [token(10), token(20), token(30)];
      const outcomes = () =>
        Promise.all(
          tokens.map((consumeToken) =>
            records.commit({ ...plainChange(freshId(), null), consumeToken }),
          ),
        );
      assert.deepEqual(await outcomes(), ['committed', 'committed', 'committed']);
      assert.equal(await records.dropExpiredTokens(9), 0);
      assert.deepEqual(await outcomes(), ['token-used', 'token-used', 'token-used']);
      assert.equal(await records.dropExpiredTokens(20), 2);
      assert.deepEqual(await outcomes(), ['committed', 'committed', 'token-used']);
      assert.equal(await records.dropExpiredTokens(1000), 3);
    });

    test('a setting is written by who knows what it was', async () => {
      const { records, openAgain } = subject.current;
      const [one, two] = [sampleBytes(10, 1), sampleBytes(65_536, 2)];
      const name = 'wrapping-key-1';
      assert.equal(await records.readSetting(name), null);
      assert.equal(await records.writeSetting(name, one, two), 'conflict');
      assert.equal(await records.readSetting(name), null);
      assert.equal(await records.writeSetting(name, null, one), 'written');
      assert.equal(await records.writeSetting(name, null, two), 'conflict');
      assert.equal(await records.writeSetting(name, two, two), 'conflict');
      assert.deepEqual(await records.readSetting(name), one);
      assert.equal(await records.writeSetting(name, one, two), 'written');
      assert.equal(await records.writeSetting('empty', null, new Uint8Array()), 'written');
      assert.equal(await records.writeSetting('empty', null, one), 'conflict');
      const other = await openAgain();
      assert.deepEqual(await other.readSetting(name), two);
      assert.deepEqual(await other.readSetting('empty'), new Uint8Array());
      await other.close();
    });

    test('check() passes, and is no change', async () => {
      const { records } = subject.current;
      const before = await records.listLedgers(null, 10_000);
      await records.check();
      assert.deepEqual(await records.listLedgers(null, 10_000), before);
    });
  });
}
