/**
 * The port to a vault's database: one *ledger* per backup, with what belongs to it.
 *
 * A ledger's state is one sealed piece that the store can't read (spec/vault-protocol.md §3). The
 * store orders its changes, makes them durable, and uses each token once; all else is the vault's.
 */

/** Length of a ledger's id, of an object's name and of a token's hash. */
export const HASH_BYTES = 32;
export const SEALED_MAX_BYTES = 65_536;
export const LOG_ENTRY_MAX_BYTES = 1024;
export const OBJECT_MAX_BYTES = 32_768;
export const SETTING_MAX_BYTES = 65_536;
/** Entries, objects put and objects deleted: as many of each in one change. */
export const PARTS_MAX = 256;
/** What one call lists. */
export const LIST_MAX = 10_000;

/**
 * A vault's database. Calls may overlap; bytes that are given may be used again once the call
 * returned its promise. Every call throws a `TypeError` or `RangeError` for arguments beyond the
 * limits above, a `TypeError` after `close()`, and a `HoldfastError` when the database fails:
 *
 * | code | |
 * |---|---|
 * | `store-unreachable` | nothing was changed: no connection, no primary, or no answer in time |
 * | `contention` | nothing was changed: others held what it needs for too long |
 * | `database-unsafe` | nothing was changed: what is acknowledged could be lost |
 * | `store-denied`, `disk-full` | nothing was changed |
 * | `outcome-unknown` | the answer to a change was lost; `readSettled()` tells the outcome |
 * | `damaged` | the database is broken |
 */
export interface RecordStore {
  /**
   * The newest state of a ledger; null when there is none.
   *
   * Good to decide on a change: `commit()` notices when it was not the newest. Not good to
   * answer from without a commit: see `readSettled()`.
   */
  read(ledgerId: Uint8Array): Promise<StoredLedger | null>;

  /**
   * As `read()`, and what it shows can't be lost any more: waits for changes of this ledger that
   * are under way, and for all copies that a commit needs.
   *
   * A crash can leave a change visible that was never acknowledged, and that is gone after the next
   * fail-over. A vault that answered again from such a state would give away a guess.
   */
  readSettled(ledgerId: Uint8Array): Promise<StoredLedger | null>;

  /** Makes a change, whole or not at all; durable before it resolves. */
  commit(change: LedgerChange): Promise<CommitOutcome>;

  /** At most `count` entries of a ledger's log, the first of them `fromNumber`; numbers are from 1. */
  readLog(ledgerId: Uint8Array, fromNumber: number, count: number): Promise<Uint8Array[]>;

  readObject(ledgerId: Uint8Array, name: Uint8Array): Promise<Uint8Array | null>;

  /** Ids of at most `limit` ledgers that are due at `atMs` or were before, the earliest first. */
  listDue(atMs: number, limit: number): Promise<Uint8Array[]>;

  /** Ids of at most `limit` ledgers in their order, beginning after `after`. */
  listLedgers(after: Uint8Array | null, limit: number): Promise<Uint8Array[]>;

  /**
   * Forgets tokens that had expired at `nowMs`. They could be used again from then on: who takes
   * tokens refuses expired ones first.
   *
   * @returns How many.
   */
  dropExpiredTokens(nowMs: number): Promise<number>;

  /** A small value of the vault itself; null when it was never written. */
  readSetting(name: string): Promise<Uint8Array | null>;

  /**
   * Writes a setting if it is still `expected`; null: if it was never written.
   *
   * @param name 1 to 64 characters from `a` to `z`, `0` to `9` and `-`.
   */
  writeSetting(
    name: string,
    expected: Uint8Array | null,
    value: Uint8Array,
  ): Promise<'written' | 'conflict'>;

  /** Resolves when a commit would succeed now: makes one that changes nothing a caller sees. */
  check(): Promise<void>;

  /** Ends once the calls under way have. May be called twice. */
  close(): Promise<void>;
}

/** What of a database is needed to look at its ledgers. */
export type RecordReader = Pick<RecordStore, 'read' | 'listLedgers' | 'readSetting' | 'close'>;

export interface StoredLedger {
  /** 1 when the ledger was made, one more with every change. */
  readonly revision: number;
  readonly sealed: Uint8Array;
  /** As the newest change had it. */
  readonly dueAtMs: number | null;
}

/**
 * `conflict`: the ledger is not at the expected revision; `token-used`: some change of any ledger
 * used the token before. Both change nothing, and the first goes before the second.
 */
export type CommitOutcome = 'committed' | 'conflict' | 'token-used';

/** One transaction on one ledger. */
export interface LedgerChange {
  /** 32 bytes. */
  readonly ledgerId: Uint8Array;
  /** The revision that the change was made from; null: there is no such ledger yet. */
  readonly expectedRevision: number | null;
  /** The new state: 1 to 65,536 bytes. */
  readonly sealed: Uint8Array;
  /** When `listDue()` shall name the ledger; null: never. */
  readonly dueAtMs: number | null;
  /** Entries go on where the log ends: anything else is a `RangeError`, and changes nothing. */
  readonly appendLog?: {
    readonly firstNumber: number;
    /** Each at most 1,024 bytes. */
    readonly entries: readonly Uint8Array[];
  };
  /** A name keeps the bytes it had first. Each at most 32,768 bytes. */
  readonly putObjects?: readonly StoredObject[];
  /** Names that may be missing, and none of those put. */
  readonly deleteObjects?: readonly Uint8Array[];
  readonly consumeToken?: {
    /** 32 bytes. */
    readonly tokenHash: Uint8Array;
    /** From when on `dropExpiredTokens()` may forget it. */
    readonly expiresAtMs: number;
  };
}

export interface StoredObject {
  /** 32 bytes. */
  readonly name: Uint8Array;
  readonly bytes: Uint8Array;
}
