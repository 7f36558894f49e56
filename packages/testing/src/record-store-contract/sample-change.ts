import type { LedgerChange, StoredLedger } from '@holdfast/vault/records';
import { sampleBytes } from '../store-contract/sample-bytes.ts';

let made = 0;

/** 32 bytes that no other call in this process returns. */
export function freshId(): Uint8Array {
  made++;
  const id = crypto.getRandomValues(new Uint8Array(32));
  new DataView(id.buffer).setUint32(28, made);
  return id;
}

/** A change that writes a state and nothing else. */
export function plainChange(
  ledgerId: Uint8Array,
  expectedRevision: number | null,
  seed = 1,
): LedgerChange {
  return { ledgerId, expectedRevision, sealed: sampleBytes(300, seed), dueAtMs: null };
}

/** What a plain change leaves. */
export function stored(revision: number, sealed: Uint8Array): StoredLedger {
  return { revision, sealed, dueAtMs: null };
}

/** A change of a ledger's every part, at the revision that `change` was made from. */
export function fullChange(
  ledgerId: Uint8Array,
  expectedRevision: number | null,
  firstNumber: number,
): Required<LedgerChange> {
  return {
    ...plainChange(ledgerId, expectedRevision, 7),
    dueAtMs: 1000,
    appendLog: { firstNumber, entries: [sampleBytes(96, 1), sampleBytes(96, 2)] },
    putObjects: [{ name: freshId(), bytes: sampleBytes(1000, 3) }],
    deleteObjects: [freshId()],
    consumeToken: { tokenHash: freshId(), expiresAtMs: 5000 },
  };
}
