// Vectors of a ledger's log (spec/vault-protocol.md §7).

import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import {
  EMPTY_LOG,
  encodeLogEntry,
  hashLogEntry,
  type LogEnd,
  type LogEvent,
} from '@holdfast/core/vault-protocol';
import { drawn } from './counting-crypto.ts';
import { flip } from './patch.ts';
import { NOW_MS, ownBackupId } from './vault-maker.ts';
import type { VectorFile } from './vector-file.ts';

const RECORD_ID = drawn('a record', 16);
const ATTEMPT_ID = drawn('an attempt', 16);
const NONE = { attemptId: null, total: 0, lifetime: 0 };
const COUNTED = { total: 1, lifetime: 70 };

/** One of each kind, in an order in which they could happen. */
const EVENTS: readonly LogEvent[] = [
  { ...NONE, what: 'enrolled', recordId: null },
  { ...NONE, what: 'staged', recordId: RECORD_ID },
  { ...NONE, what: 'pending', recordId: RECORD_ID },
  { ...NONE, what: 'cancelled', recordId: RECORD_ID },
  { ...NONE, what: 'live', recordId: RECORD_ID },
  { ...COUNTED, what: 'guess', recordId: RECORD_ID, attemptId: ATTEMPT_ID },
  { total: 0, lifetime: 69, what: 'proof', recordId: RECORD_ID, attemptId: ATTEMPT_ID },
  { ...NONE, ...COUNTED, what: 'removal-due', recordId: RECORD_ID },
  { ...NONE, what: 'retired', recordId: drawn('another record', 16) },
  { ...NONE, what: 'removed', recordId: RECORD_ID },
  { ...NONE, lifetime: 100, what: 'destroyed', recordId: RECORD_ID },
  {
    ...{ ...NONE, lifetime: 100, what: 'rebased' },
    ...{ recordId: drawn('hash of a head').slice(0, 16) },
    ...{ attemptId: drawn('hash of a head').slice(16) },
  },
  { ...NONE, lifetime: 100, what: 'suspended', recordId: null },
  { ...NONE, lifetime: 100, what: 'resumed', recordId: null },
  {
    ...{ ...NONE, lifetime: 100, what: 'rotated' },
    ...{ recordId: drawn('hash of a first head').slice(0, 16) },
    ...{ attemptId: drawn('hash of a first head').slice(16) },
  },
];

export async function vaultLogVectors(): Promise<VectorFile> {
  const backupId = await ownBackupId();
  const cases: object[] = [];
  const entries: Uint8Array[] = [];
  let end: LogEnd = EMPTY_LOG;
  for (const [i, event] of EVENTS.entries()) {
    const place = { number: i + 1, previousHash: end.hash, timeMs: NOW_MS + i * 60_000 };
    const entry = encodeLogEntry({ ...event, ...place });
    const hash = await hashLogEntry(nodeCrypto, backupId, entry);
    end = { number: i + 1, hash };
    entries.push(entry);
    cases.push({ name: event.what, entry, ...event, ...place, hash });
  }
  const [first, second, third] = entries as [Uint8Array, Uint8Array, Uint8Array];
  const damaged = (name: string, entry: Uint8Array) => ({ name, entry, code: 'damaged' });
  const patched = (at: number, byte: number): Uint8Array => first.with(at, byte);
  const unlinked = (name: string, ...shown: readonly Uint8Array[]) => {
    return { name, entries: concatBytes(...shown), code: 'stale' };
  };
  const changed = second.slice();
  for (const [at, hex] of flip(second, 45)) changed.set(Uint8Array.fromHex(hex), at);
  return {
    path: 'vault-protocol/log.json',
    description:
      'Entries of a log, each after the one before (spec/vault-protocol.md §7). A failure with "entries" has entries that are each sound, from the first on, and are no log that leads to "end": a reader warns.',
    given: { backupId, end },
    cases,
    failures: [
      damaged('nothing there', new Uint8Array(0)),
      damaged('cut by a byte', first.slice(0, 95)),
      damaged('a byte longer', concatBytes(first, Uint8Array.of(0))),
      damaged('what happened is 0', patched(48, 0)),
      damaged('what happened is 16', patched(48, 16)),
      damaged('padding that is not zero', patched(86, 1)),
      damaged('padding that is not zero at its end', patched(95, 1)),
      damaged('number 2^53', first.with(1, 0x20)),
      damaged('a time of 2^53', first.with(41, 0x20)),
      unlinked('the first is missing', ...entries.slice(1)),
      unlinked('one is missing', first, ...entries.slice(2)),
      unlinked('the last is missing', ...entries.slice(0, -1)),
      unlinked('two are exchanged', first, third, second, ...entries.slice(3)),
      unlinked('one is changed', first, changed, ...entries.slice(2)),
      unlinked('one is there twice', first, first, ...entries.slice(1)),
      unlinked('none'),
    ],
  };
}
