/**
 * A ledger as bytes, which the vault's HSM seals as one piece (spec/vault-protocol.md §4.2). They
 * never leave the vault, so their layout is the vault's own.
 */
import { ByteReader, ByteWriter } from '../../bytes/index.ts';
import { ED25519_KEY_BYTES, HASH_BYTES } from '../../wire/index.ts';
import { ACCOUNT_BYTES, ELEMENT_BYTES, ID_BYTES } from '../limits.ts';
import { RECORD_STATES, readWitnessedHead, writeWitnessedHead } from '../messages/index.ts';
import type { Attempt, Ledger, VaultRecord } from './ledger.ts';

const VERSION = 1;
const WRAPPED_KEY_MAX_BYTES = 1024;

/** Ledgers are encoded for each change, and of much the same length. */
const ROOM = new ByteWriter(4096);

export function encodeLedger(ledger: Ledger): Uint8Array {
  const writer = ROOM.clear().u8(VERSION).raw(ledger.backupId).raw(ledger.ownerPublicKey);
  writer.raw(ledger.headPublicKey).u32(ledger.generation).u32(ledger.lifetime);
  writer.varint(ledger.lastGuessMs).varint(ledger.log.number).raw(ledger.log.hash);
  writeWitnessedHead(writer, ledger.head);
  writeWitnessedHead(writer, ledger.displacedHead);
  writer.u8(ledger.attempts.length);
  for (const { id, recordId, element, timeMs, era, isProved } of ledger.attempts) {
    writer.raw(id).raw(recordId).raw(element).varint(timeMs).varint(era).u8(Number(isProved));
  }
  writer.u8(ledger.records.length);
  for (const record of ledger.records) {
    writer.raw(record.id).u8(RECORD_STATES.indexOf(record.state)).u32(record.version);
    writer.raw(record.account).raw(record.hash).raw(record.proofPublicKey);
    writer.bytes(record.wrappedKey).bytes(record.stageId).bytes(record.element);
    writer.u8(record.row).varint(record.era);
    writer.varint(record.dueMs === null ? 0 : record.dueMs + 1).varint(record.changedAt);
  }
  writer.varint(ledger.ownerChanges).varint(ledger.ownerChangesSinceMs);
  writer.varint(ledger.suspendedAtMs === null ? 0 : ledger.suspendedAtMs + 1);
  return writer.finish();
}

/** @throws {HoldfastError} `damaged`, also of a layout that this version does not know. */
export function decodeLedger(bytes: Uint8Array): Ledger {
  const reader = new ByteReader(bytes, 'ledger');
  if (reader.u8() !== VERSION) throw reader.damaged('its version is unknown');
  const ledger: Ledger = {
    backupId: reader.raw(HASH_BYTES).slice(),
    ownerPublicKey: reader.raw(ED25519_KEY_BYTES).slice(),
    headPublicKey: reader.raw(ED25519_KEY_BYTES).slice(),
    generation: reader.u32(),
    lifetime: reader.u32(),
    lastGuessMs: reader.varint(),
    log: { number: reader.varint(), hash: reader.raw(HASH_BYTES).slice() },
    head: readWitnessedHead(reader),
    displacedHead: readWitnessedHead(reader),
    attempts: Array.from({ length: reader.u8() }, () => readAttempt(reader)),
    records: Array.from({ length: reader.u8() }, () => readRecord(reader)),
    ownerChanges: reader.varint(),
    ownerChangesSinceMs: reader.varint(),
    suspendedAtMs: readTime(reader),
  };
  reader.end();
  return ledger;
}

function readAttempt(reader: ByteReader): Attempt {
  return {
    id: reader.raw(ID_BYTES).slice(),
    recordId: reader.raw(ID_BYTES).slice(),
    element: reader.raw(ELEMENT_BYTES).slice(),
    timeMs: reader.varint(),
    era: reader.varint(),
    isProved: reader.u8() === 1,
  };
}

function readRecord(reader: ByteReader): VaultRecord {
  const id = reader.raw(ID_BYTES).slice();
  const state = RECORD_STATES[reader.u8()];
  if (state === undefined) throw reader.damaged('the state of a record is unknown');
  const version = reader.u32();
  const account = reader.raw(ACCOUNT_BYTES).slice();
  const hash = reader.raw(HASH_BYTES).slice();
  const proofPublicKey = reader.raw(ED25519_KEY_BYTES).slice();
  const wrappedKey = reader.bytes(WRAPPED_KEY_MAX_BYTES).slice();
  const stageId = reader.bytes(ID_BYTES).slice();
  const element = reader.bytes(ELEMENT_BYTES).slice();
  const row = reader.u8();
  const era = reader.varint();
  const dueMs = readTime(reader);
  const changedAt = reader.varint();
  return {
    id,
    state,
    version,
    account,
    hash,
    proofPublicKey,
    wrappedKey,
    stageId,
    element,
    row,
    era,
    dueMs,
    changedAt,
  };
}

/** A time, or 0 for none. */
function readTime(reader: ByteReader): number | null {
  const due = reader.varint();
  return due === 0 ? null : due - 1;
}
