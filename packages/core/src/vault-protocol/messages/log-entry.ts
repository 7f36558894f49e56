/**
 * Entries of a ledger's log, each of which names the hash of the one before
 * (spec/vault-protocol.md §7).
 *
 *     offset  bytes
 *          0      8  number, u64, from 1
 *          8     32  hash of the entry before; zeros for the first
 *         40      8  wall clock, u64, milliseconds since 1970
 *         48      1  what happened
 *         49     16  record id, or zeros
 *         65     16  attempt id, or zeros
 *         81      1  total afterwards
 *         82      4  lifetime afterwards, u32
 *         86     10  zeros
 */
import { ByteReader, ByteWriter, concatBytes, equalBytes } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { HASH_BYTES, label } from '../../wire/index.ts';
import { ID_BYTES } from '../limits.ts';

/** Every entry has this length. */
export const LOG_ENTRY_BYTES = 96;

export const LOG_EVENTS = [
  'enrolled',
  'staged',
  'pending',
  'live',
  'guess',
  'proof',
  'destroyed',
  'retired',
  'removed',
  'removal-due',
  'cancelled',
  'rebased',
  'suspended',
  'resumed',
  'rotated',
] as const;

export type LogEventKind = (typeof LOG_EVENTS)[number];

export interface LogEvent {
  readonly what: LogEventKind;
  /**
   * 16 bytes, or null. With the next, of `rebased` the hash of the head put aside, of `rotated` that of
   * the first head of the new generation.
   */
  readonly recordId: Uint8Array | null;
  readonly attemptId: Uint8Array | null;
  /** Guesses that count towards the limit, afterwards. */
  readonly total: number;
  readonly lifetime: number;
}

export interface LogEntry extends LogEvent {
  readonly number: number;
  readonly previousHash: Uint8Array;
  readonly timeMs: number;
}

/** Where a log ends. */
export interface LogEnd {
  /** 0 for an empty log. */
  readonly number: number;
  /** 32 bytes; zeros for an empty log. */
  readonly hash: Uint8Array;
}

export const EMPTY_LOG: LogEnd = { number: 0, hash: new Uint8Array(HASH_BYTES) };

export function encodeLogEntry(entry: LogEntry): Uint8Array {
  const none = new Uint8Array(ID_BYTES);
  const writer = new ByteWriter(LOG_ENTRY_BYTES).u64(BigInt(entry.number)).raw(entry.previousHash);
  writer.u64(BigInt(entry.timeMs)).u8(LOG_EVENTS.indexOf(entry.what) + 1);
  writer.raw(entry.recordId ?? none).raw(entry.attemptId ?? none);
  return writer.u8(entry.total).u32(entry.lifetime).raw(new Uint8Array(10)).finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeLogEntry(bytes: Uint8Array): LogEntry {
  const reader = new ByteReader(bytes, 'log entry');
  const number = readNumber(reader);
  const previousHash = reader.raw(HASH_BYTES).slice();
  const timeMs = readNumber(reader);
  const what = LOG_EVENTS[reader.u8() - 1];
  if (what === undefined) throw reader.damaged('what happened is unknown');
  const recordId = idOrNull(reader.raw(ID_BYTES).slice());
  const attemptId = idOrNull(reader.raw(ID_BYTES).slice());
  const total = reader.u8();
  const lifetime = reader.u32();
  if (reader.remaining !== 10) throw reader.damaged('its length is wrong');
  reader.zeros();
  return { number, previousHash, timeMs, what, recordId, attemptId, total, lifetime };
}

/** The hash that the next entry names, 32 bytes. */
export async function hashLogEntry(
  crypto: CryptoPort,
  backupId: Uint8Array,
  entry: Uint8Array,
): Promise<Uint8Array> {
  return await crypto.sha256(concatBytes(label('log-entry'), backupId, entry));
}

/**
 * Whether entries follow a log's end, one after the other; gives the end that they lead to, or null.
 *
 * @throws {HoldfastError} `damaged` when one is no entry.
 */
export async function followLog(
  crypto: CryptoPort,
  backupId: Uint8Array,
  from: LogEnd,
  entries: readonly Uint8Array[],
): Promise<LogEnd | null> {
  let end = from;
  for (const bytes of entries) {
    const { number, previousHash } = decodeLogEntry(bytes);
    if (number !== end.number + 1 || !equalBytes(previousHash, end.hash)) return null;
    end = { number, hash: await hashLogEntry(crypto, backupId, bytes) };
  }
  return end;
}

function readNumber(reader: ByteReader): number {
  const value = reader.u64();
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw reader.damaged('a number is out of range');
  return Number(value);
}

function idOrNull(id: Uint8Array): Uint8Array | null {
  return id.some((byte) => byte !== 0) ? id : null;
}
