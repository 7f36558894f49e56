/**
 * Writes on their way to the thread that makes them: many in one array of bytes. As objects they
 * would have to be cloned, with an allocation for each of their arrays, on either side.
 */
import { ByteReader, type ByteWriter } from '@holdfast/core/bytes';
import type { CheckedChange } from '../arguments.ts';
import { OBJECT_MAX_BYTES, SEALED_MAX_BYTES, SETTING_MAX_BYTES } from '../record-store.ts';

export type Write =
  | { readonly kind: 'change'; readonly change: CheckedChange }
  | {
      readonly kind: 'setting';
      readonly name: string;
      readonly expected: Uint8Array | null;
      readonly value: Uint8Array;
    }
  | { readonly kind: 'drop-tokens'; readonly nowMs: number }
  | { readonly kind: 'check' };

const KINDS = ['change', 'setting', 'drop-tokens', 'check'] as const;
/** Longest of all that is packed. */
const BYTES_MAX = Math.max(OBJECT_MAX_BYTES, SEALED_MAX_BYTES, SETTING_MAX_BYTES);

/** Copies all bytes of it: they may change, or lie in shared memory. */
export function packWrite(writer: ByteWriter, write: Write): void {
  writer.u8(KINDS.indexOf(write.kind));
  switch (write.kind) {
    case 'change':
      packChange(writer, write.change);
      break;
    case 'setting':
      writer.text(write.name);
      packOptional(writer, write.expected);
      writer.bytes(write.value);
      break;
    case 'drop-tokens':
      writer.varint(write.nowMs);
      break;
    case 'check':
      break;
  }
}

/** What was packed, one after the other; their bytes are views of `packed`. */
export function unpackWrites(packed: Uint8Array): Write[] {
  const reader = new ByteReader(packed, 'list of writes');
  const writes: Write[] = [];
  while (reader.remaining > 0) writes.push(unpackWrite(reader));
  return writes;
}

function unpackWrite(reader: ByteReader): Write {
  const kind = KINDS[reader.u8()];
  switch (kind) {
    case 'change':
      return { kind, change: unpackChange(reader) };
    case 'setting': {
      const name = reader.text(BYTES_MAX);
      const expected = unpackOptional(reader);
      return { kind, name, expected, value: reader.bytes(BYTES_MAX) };
    }
    case 'drop-tokens':
      return { kind, nowMs: reader.varint() };
    case 'check':
      return { kind };
    default:
      throw reader.damaged('a kind is unknown');
  }
}

function packChange(writer: ByteWriter, change: CheckedChange): void {
  writer
    .bytes(change.ledgerId)
    .bytes(change.sealed)
    .varint(change.expectedRevision ?? 0);
  writer.u8(change.dueAtMs === null ? 0 : 1).varint(change.dueAtMs ?? 0);
  writer.varint(change.firstNumber);
  for (const list of [change.entries, change.putNames, change.putBytes, change.deleteNames]) {
    writer.varint(list.length);
    for (const bytes of list) writer.bytes(bytes);
  }
  packOptional(writer, change.tokenHash);
  writer.varint(change.tokenExpiresAtMs);
}

function unpackChange(reader: ByteReader): CheckedChange {
  const ledgerId = reader.bytes(BYTES_MAX);
  const sealed = reader.bytes(BYTES_MAX);
  // Revisions are from 1.
  const expectedRevision = reader.varint() || null;
  const isDue = reader.u8() === 1;
  const dueAtMs = reader.varint();
  return {
    ledgerId,
    sealed,
    expectedRevision,
    dueAtMs: isDue ? dueAtMs : null,
    firstNumber: reader.varint(),
    entries: unpackList(reader),
    putNames: unpackList(reader),
    putBytes: unpackList(reader),
    deleteNames: unpackList(reader),
    tokenHash: unpackOptional(reader),
    tokenExpiresAtMs: reader.varint(),
  };
}

function unpackList(reader: ByteReader): Uint8Array[] {
  return Array.from({ length: reader.varint() }, () => reader.bytes(BYTES_MAX));
}

function packOptional(writer: ByteWriter, bytes: Uint8Array | null): void {
  writer.u8(bytes === null ? 0 : 1);
  if (bytes !== null) writer.bytes(bytes);
}

function unpackOptional(reader: ByteReader): Uint8Array | null {
  return reader.u8() === 0 ? null : reader.bytes(BYTES_MAX);
}
