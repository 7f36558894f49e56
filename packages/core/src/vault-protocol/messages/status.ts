/**
 * How a ledger stands: begins the body of every answer, and so is always signed
 * (spec/vault-protocol.md §5.1).
 */
import { ByteReader, ByteWriter } from '../../bytes/index.ts';
import { HASH_BYTES } from '../../wire/index.ts';
import { ID_BYTES, RECORDS_MAX } from '../limits.ts';
import type { LogEnd } from './log-entry.ts';
import { readWitnessedHead, type WitnessedHead, writeWitnessedHead } from './witnessed-head.ts';

/** What became of a request. With another than `done`, nothing follows the status. */
export const OUTCOMES = [
  'done',
  'delayed',
  'frozen',
  'locked-out',
  'not-evaluable',
  'conflict',
  'superseded',
  'unknown',
  'not-proved',
  'suspended',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

const STATES = ['none', 'ready', 'delayed', 'frozen', 'locked-out', 'suspended'] as const;

/** Of a ledger: what a guess would meet now. */
export type LedgerState = (typeof STATES)[number];

/** `destroyed` at the limit; `removed` by retiring or removing. */
export const RECORD_STATES = ['staged', 'pending', 'live', 'old', 'destroyed', 'removed'] as const;

export type RecordState = (typeof RECORD_STATES)[number];

export interface RecordStatus {
  readonly id: Uint8Array;
  /** SHA-256 of the record; zeros while it is staged. */
  readonly hash: Uint8Array;
  readonly version: number;
  readonly state: RecordState;
  /** Guesses at it that were not proved. */
  readonly row: number;
  /** Until a pending change or removal of it takes effect; 0 for none. */
  readonly dueInMs: number;
}

export interface LedgerStatus {
  readonly state: LedgerState;
  readonly guessesLeft: number;
  readonly lifetimeLeft: number;
  /** Until the next guess is taken; when frozen or locked out, until destruction; else 0. */
  readonly waitMs: number;
  readonly log: LogEnd;
  /** The newest that the vault was shown; null for none. */
  readonly head: WitnessedHead | null;
  readonly records: readonly RecordStatus[];
}

export interface AnswerBody {
  readonly outcome: Outcome;
  readonly status: LedgerStatus;
  /** What the kind of request asked for; empty unless the outcome is `done`. */
  readonly rest: Uint8Array;
}

/** Outcome, state, counts, wait, log, head, number of records. */
const STATUS_BYTES = 1 + 1 + 1 + 4 + 8 + (8 + HASH_BYTES) + (8 + HASH_BYTES) + 1;
const RECORD_STATUS_BYTES = ID_BYTES + HASH_BYTES + 4 + 1 + 1 + 8;

export function encodeAnswerBody({ outcome, status, rest }: AnswerBody): Uint8Array {
  const statusBytes = STATUS_BYTES + status.records.length * RECORD_STATUS_BYTES;
  const writer = new ByteWriter(statusBytes + rest.length).u8(OUTCOMES.indexOf(outcome));
  writer.u8(STATES.indexOf(status.state)).u8(status.guessesLeft).u32(status.lifetimeLeft);
  writer.u64(BigInt(status.waitMs)).u64(BigInt(status.log.number)).raw(status.log.hash);
  writeWitnessedHead(writer, status.head);
  writer.u8(status.records.length);
  for (const { id, hash, version, state, row, dueInMs } of status.records) {
    writer
      .raw(id)
      .raw(hash)
      .u32(version)
      .u8(RECORD_STATES.indexOf(state) + 1)
      .u8(row);
    writer.u64(BigInt(dueInMs));
  }
  return writer.raw(rest).finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeAnswerBody(bytes: Uint8Array): AnswerBody {
  const reader = new ByteReader(bytes, 'answer');
  const outcome = OUTCOMES[reader.u8()];
  const state = STATES[reader.u8()];
  if (outcome === undefined || state === undefined) throw reader.damaged('its state is unknown');
  const guessesLeft = reader.u8();
  const lifetimeLeft = reader.u32();
  const waitMs = readTime(reader);
  const log = { number: readTime(reader), hash: reader.raw(HASH_BYTES).slice() };
  const head = readWitnessedHead(reader);
  const count = reader.u8();
  if (count > RECORDS_MAX) throw reader.damaged('it lists too many records');
  const records = Array.from({ length: count }, () => readRecord(reader));
  const rest = reader.raw(reader.remaining).slice();
  if (outcome !== 'done' && rest.length > 0) throw reader.damaged('there are bytes after its end');
  const status = { state, guessesLeft, lifetimeLeft, waitMs, log, head, records };
  return { outcome, status, rest };
}

/** The hashes of records that a vault evaluates. */
export function evaluableIn(status: LedgerStatus): readonly RecordStatus[] {
  return status.records.filter(({ state }) => state === 'live' || state === 'old');
}

function readRecord(reader: ByteReader): RecordStatus {
  const id = reader.raw(ID_BYTES).slice();
  const hash = reader.raw(HASH_BYTES).slice();
  const version = reader.u32();
  const state = RECORD_STATES[reader.u8() - 1];
  if (state === undefined) throw reader.damaged('the state of a record is unknown');
  return { id, hash, version, state, row: reader.u8(), dueInMs: readTime(reader) };
}

function readTime(reader: ByteReader): number {
  const value = reader.u64();
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw reader.damaged('a number is out of range');
  return Number(value);
}
