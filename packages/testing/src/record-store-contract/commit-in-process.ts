// The child process of start-committing.ts: changes several ledgers at once, and tells every commit
// that was acknowledged as `<ledger id> <revision> <token hash>`.

import { text } from 'node:stream/consumers';
import type { RecordStore } from '@holdfast/vault/records';
import { sampleBytes } from '../store-contract/sample-bytes.ts';
import { freshId } from './sample-change.ts';
import type { CommittingOrder } from './start-committing.ts';

const LEDGERS = 8;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

async function changeForEver(records: RecordStore): Promise<never> {
  const ledgerId = freshId();
  for (let revision = 1; ; revision++) {
    const entry = Buffer.alloc(96);
    entry.writeUInt32BE(revision);
    const tokenHash = freshId();
    const outcome = await records.commit({
      ledgerId,
      expectedRevision: revision === 1 ? null : revision - 1,
      sealed: sampleBytes(2000, revision),
      dueAtMs: null,
      appendLog: { firstNumber: revision, entries: [entry] },
      putObjects: [{ name: tokenHash, bytes: entry }],
      consumeToken: { tokenHash, expiresAtMs: 9e15 },
    });
    if (outcome !== 'committed') throw new Error(`Cannot commit: ${outcome}`);
    // Also when the reader is slow; a bare write to the pipe would fail then.
    process.stdout.write(`${hex(ledgerId)} ${revision} ${hex(tokenHash)}\n`);
  }
}

const order: CommittingOrder = JSON.parse(await text(process.stdin));
const module: Record<string, (place: unknown) => Promise<RecordStore>> = await import(
  order.opener.module
);
const store = await module[order.opener.name]?.(order.place);
if (store === undefined) throw new Error(`Cannot commit: no ${order.opener.name} is exported`);
await Promise.all(Array.from({ length: LEDGERS }, () => changeForEver(store)));
