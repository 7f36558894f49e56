/** Reads a vault's log of a backup, and checks that it leads to what the vault signed last (spec/vault-protocol.md §7). */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import {
  decodeLogEntry,
  EMPTY_LOG,
  followLog,
  type LedgerStatus,
  LOG_ENTRY_BYTES,
  type LogEnd,
  type LogEntry,
} from '../messages/index.ts';
import type { ClientContext, VaultClient } from './vault-client.ts';

/** Of more, a vault could go on for ever. */
const ENTRIES_MAX = 20_000;

export interface ReadLog {
  /** In order; those behind a gap, or of another chain, are left out. */
  readonly entries: readonly LogEntry[];
  readonly status: LedgerStatus;
  /** The entries follow each other and end with what the vault signed. */
  readonly isWhole: boolean;
  /** What was seen before is part of it. */
  readonly hasSeen: boolean;
}

/**
 * @param from Where reading begins: all that follows it. An empty log for all there is.
 * @param seen What was seen last.
 * @throws {HoldfastError} what the client throws; `vault-untrusted` when the vault signed what is no log.
 */
export async function readLog(
  { crypto, backupId }: ClientContext,
  client: VaultClient,
  ownerSeed: Uint8Array,
  { from = EMPTY_LOG, seen = EMPTY_LOG }: { readonly from?: LogEnd; readonly seen?: LogEnd } = {},
): Promise<ReadLog> {
  const entries: LogEntry[] = [];
  let end = from;
  let hasSeen = seen.number === 0 || isSame(from, seen);
  while (true) {
    const { outcome, rest, status } = await client.ask(
      'log',
      { from: end.number + 1 },
      { seed: ownerSeed },
    );
    if (outcome !== 'done') throw noLog();
    const page = splitPage(rest);
    for (const bytes of page) {
      const next = await followLog(crypto, backupId, end, [bytes]);
      if (next === null) return { entries, status, isWhole: false, hasSeen };
      end = next;
      hasSeen ||= isSame(end, seen);
      entries.push(decodeLogEntry(bytes));
    }
    // An entry may be added between two pages; the next answer then has a newer end.
    if (page.length === 0 || end.number === status.log.number) {
      return { entries, status, isWhole: isSame(end, status.log), hasSeen };
    }
    if (entries.length > ENTRIES_MAX) return { entries, status, isWhole: false, hasSeen };
  }
}

function splitPage(rest: Uint8Array): readonly Uint8Array[] {
  const count = rest[0] ?? 0;
  if (rest.length !== 1 + count * LOG_ENTRY_BYTES) throw noLog();
  return Array.from({ length: count }, (_, i) =>
    rest.slice(1 + i * LOG_ENTRY_BYTES, 1 + (i + 1) * LOG_ENTRY_BYTES),
  );
}

function isSame(a: LogEnd, b: LogEnd): boolean {
  return a.number === b.number && equalBytes(a.hash, b.hash);
}

function noLog(): HoldfastError {
  const message = 'Cannot trust an answer: the vault signed what is no log';
  return new HoldfastError('vault-untrusted', message);
}
