import assert from 'node:assert/strict';
import type { RecordStore } from '@holdfast/vault/records';
import type { Acknowledged } from './start-committing.ts';

/** Every ledger is at the revision that was acknowledged last, or one beyond, with its whole log. */
export async function assertHolds(
  records: RecordStore,
  acknowledged: ReadonlyMap<string, Acknowledged>,
): Promise<void> {
  for (const [idHex, { revision, tokenHash }] of acknowledged) {
    const id = Buffer.from(idHex, 'hex');
    const ledger = await records.readSettled(id);
    assert.ok(ledger !== null, `${idHex} is lost`);
    assert.ok(
      ledger.revision === revision || ledger.revision === revision + 1,
      `${idHex}: ${revision} was acknowledged, and it is at ${ledger.revision}`,
    );
    const log = await records.readLog(id, 1, 10_000);
    assert.deepEqual(
      log.map((entry) => Buffer.from(entry).readUInt32BE()),
      Array.from({ length: ledger.revision }, (_, i) => i + 1),
    );
    const again = {
      ledgerId: id,
      expectedRevision: ledger.revision,
      sealed: ledger.sealed,
      dueAtMs: null,
      consumeToken: { tokenHash, expiresAtMs: 9e15 },
    };
    assert.equal(await records.commit(again), 'token-used');
  }
}
