import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LedgerChange, RecordStore } from '@holdfast/vault/records';
import { sampleBytes } from '../store-contract/sample-bytes.ts';
import { type MakeRecords, recordsForGroup } from './records-under-test.ts';
import { freshId, fullChange, plainChange } from './sample-change.ts';

const WRONG_HASHES: readonly unknown[] = [
  undefined,
  null,
  'a'.repeat(32),
  new Uint8Array(),
  sampleBytes(31, 1),
  sampleBytes(33, 1),
  new Uint16Array(32),
  Array.from({ length: 32 }, () => 1),
];
const WRONG_COUNTS: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  1.5,
  Number.NaN,
  2 ** 53,
  '1',
  1n,
];
const WRONG_NAMES: readonly unknown[] = [undefined, '', 'A', 'a b', 'a\0', "'", 'a'.repeat(65), 7];

/** What every method throws for garbage, and after the end. */
export function testRefusals(makeRecords: MakeRecords): void {
  describe('a record store', () => {
    const subject = recordsForGroup(makeRecords);

    test('refuses changes beyond its limits, and changes nothing', async () => {
      const { records } = subject.current;
      const id = freshId();
      for (const [what, change] of wrongChanges(id)) {
        await assert.rejects(records.commit(change as LedgerChange), isMistake, what);
      }
      assert.equal(await records.read(id), null);
      assert.deepEqual(await records.listLedgers(null, 10), []);
    });

    test('refuses wrong ids, numbers and names', async () => {
      const { records } = subject.current;
      const id = freshId();
      for (const wrong of WRONG_HASHES) {
        const hash = wrong as Uint8Array;
        await assert.rejects(records.read(hash), isMistake);
        await assert.rejects(records.readSettled(hash), isMistake);
        await assert.rejects(records.readLog(hash, 1, 1), isMistake);
        await assert.rejects(records.readObject(hash, id), isMistake);
        await assert.rejects(records.readObject(id, hash), isMistake);
        if (wrong !== null) await assert.rejects(records.listLedgers(hash, 1), isMistake);
      }
      for (const wrong of WRONG_COUNTS) {
        const count = wrong as number;
        await assert.rejects(records.readLog(id, count, 1), isMistake);
        await assert.rejects(records.readLog(id, 1, count), isMistake);
        await assert.rejects(records.listDue(1, count), isMistake);
        await assert.rejects(records.listLedgers(null, count), isMistake);
        if (wrong === 0) continue;
        await assert.rejects(records.listDue(count, 1), isMistake);
        await assert.rejects(records.dropExpiredTokens(count), isMistake);
      }
      await assert.rejects(records.listLedgers(null, 10_001), RangeError);
      for (const wrong of WRONG_NAMES) {
        const name = wrong as string;
        await assert.rejects(records.readSetting(name), isMistake);
        await assert.rejects(records.writeSetting(name, null, id), isMistake);
      }
      const long = sampleBytes(65_537, 1);
      await assert.rejects(records.writeSetting('long', null, long), RangeError);
      await assert.rejects(records.writeSetting('long', long, id), RangeError);
    });

    test('does what is under way before it closes, and nothing afterwards', async () => {
      const { openAgain, records } = subject.current;
      const ids = Array.from({ length: 50 }, freshId);
      const again = await openAgain();
      const underWay = ids.map((id) => again.commit(plainChange(id, null)));
      await Promise.all([again.close(), again.close()]);
      await again.close();
      assert.ok((await Promise.all(underWay)).every((outcome) => outcome === 'committed'));
      for (const id of ids) assert.equal((await records.read(id))?.revision, 1);
      for (const call of everyCall(again, ids[0] as Uint8Array)) {
        await assert.rejects(call, { name: 'TypeError', message: /closed/ });
      }
    });
  });
}

function* wrongChanges(id: Uint8Array): Generator<[string, unknown]> {
  const full = fullChange(id, null, 1);
  const tooMany = Array.from({ length: 257 }, freshId);
  yield ['nothing', undefined];
  yield ['an empty object', {}];
  for (const wrong of WRONG_HASHES) {
    yield ['ledgerId', { ...full, ledgerId: wrong }];
    yield ['object name', { ...full, putObjects: [{ name: wrong, bytes: id }] }];
    yield ['deleted name', { ...full, deleteObjects: [wrong] }];
    yield ['tokenHash', { ...full, consumeToken: { tokenHash: wrong, expiresAtMs: 1 } }];
  }
  for (const wrong of WRONG_COUNTS) {
    if (wrong !== null) yield ['expectedRevision', { ...full, expectedRevision: wrong }];
    if (wrong !== null && wrong !== 0) yield ['dueAtMs', { ...full, dueAtMs: wrong }];
    yield ['firstNumber', { ...full, appendLog: { firstNumber: wrong, entries: [id] } }];
    if (wrong === 0) continue;
    yield ['expiresAtMs', { ...full, consumeToken: { tokenHash: id, expiresAtMs: wrong } }];
  }
  for (const wrong of [undefined, null, '', new Uint8Array(), sampleBytes(65_537, 1)]) {
    yield ['sealed', { ...full, sealed: wrong }];
  }
  for (const wrong of [
    null,
    'x',
    {},
    [1],
    [''],
    [new Uint8Array()],
    [sampleBytes(1025, 1)],
    tooMany,
  ]) {
    yield ['entries', { ...full, appendLog: { firstNumber: 1, entries: wrong } }];
  }
  const puts = tooMany.map((name) => ({ name, bytes: id }));
  for (const wrong of [null, {}, [id], [{ name: id, bytes: sampleBytes(32_769, 1) }], puts]) {
    yield ['putObjects', { ...full, putObjects: wrong }];
  }
  yield ['too many deletes', { ...full, deleteObjects: tooMany }];
  yield ['put and deleted', { ...full, deleteObjects: [full.putObjects[0]?.name] }];
}

function* everyCall(records: RecordStore, id: Uint8Array): Generator<Promise<unknown>> {
  yield records.read(id);
  yield records.readSettled(id);
  yield records.commit(plainChange(id, 1));
  yield records.readLog(id, 1, 1);
  yield records.readObject(id, id);
  yield records.listDue(1, 1);
  yield records.listLedgers(null, 1);
  yield records.dropExpiredTokens(1);
  yield records.readSetting('name');
  yield records.writeSetting('name', null, id);
  yield records.check();
}

/** A programmer's mistake, rather than a failure of the database. */
function isMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}
