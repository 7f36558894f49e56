/** Checks what callers hand to a record store. */
import { toHex } from '@holdfast/core/bytes';
import {
  HASH_BYTES,
  type LedgerChange,
  LIST_MAX,
  LOG_ENTRY_MAX_BYTES,
  OBJECT_MAX_BYTES,
  PARTS_MAX,
  SEALED_MAX_BYTES,
  SETTING_MAX_BYTES,
} from './record-store.ts';

const SETTING_NAME = /^[a-z0-9-]{1,64}$/;

/** A change with all its parts, checked. Its bytes are the caller's, who may change them afterwards. */
export interface CheckedChange {
  readonly ledgerId: Uint8Array;
  readonly expectedRevision: number | null;
  readonly sealed: Uint8Array;
  readonly dueAtMs: number | null;
  /** 0 when there are no entries. */
  readonly firstNumber: number;
  readonly entries: readonly Uint8Array[];
  readonly putNames: readonly Uint8Array[];
  readonly putBytes: readonly Uint8Array[];
  readonly deleteNames: readonly Uint8Array[];
  readonly tokenHash: Uint8Array | null;
  readonly tokenExpiresAtMs: number;
}

export function checkedChange(change: LedgerChange): CheckedChange {
  const { appendLog, consumeToken, dueAtMs, expectedRevision } = change;
  const { putObjects = [], deleteObjects = [] } = change;
  const entries = checkedParts(
    'appendLog.entries',
    appendLog === undefined ? [] : appendLog.entries,
  );
  const puts = checkedParts('putObjects', putObjects);
  const deletes = checkedParts('deleteObjects', deleteObjects);
  const checked: CheckedChange = {
    ledgerId: checkedHash('ledgerId', change.ledgerId),
    expectedRevision:
      expectedRevision === null ? null : checkedCount('expectedRevision', expectedRevision),
    sealed: checkedBytes('sealed', change.sealed, 1, SEALED_MAX_BYTES),
    dueAtMs: dueAtMs === null ? null : checkedTime('dueAtMs', dueAtMs),
    firstNumber:
      appendLog === undefined ? 0 : checkedCount('appendLog.firstNumber', appendLog.firstNumber),
    entries: entries.map((entry) =>
      checkedBytes('appendLog.entries', entry, 1, LOG_ENTRY_MAX_BYTES),
    ),
    putNames: puts.map(({ name }) => checkedHash('putObjects', name)),
    putBytes: puts.map(({ bytes }) => checkedBytes('putObjects', bytes, 0, OBJECT_MAX_BYTES)),
    deleteNames: deletes.map((name) => checkedHash('deleteObjects', name)),
    tokenHash:
      consumeToken === undefined ? null : checkedHash('consumeToken', consumeToken.tokenHash),
    tokenExpiresAtMs:
      consumeToken === undefined ? 0 : checkedTime('consumeToken', consumeToken.expiresAtMs),
  };
  const put = new Set(checked.putNames.map(toHex));
  if (checked.deleteNames.some((name) => put.has(toHex(name)))) {
    throw new RangeError('"deleteObjects" must not name what "putObjects" puts');
  }
  return checked;
}

/** @param hasClosed What `close()` returned, if it was called. */
export function assertOpen(hasClosed: Promise<void> | null): void {
  if (hasClosed !== null) throw new TypeError("the vault's database must be open: it was closed");
}

/** Thrown for log entries that don't go on where the log ends. */
export function wrongLogNumber(wanted: number, got: number): RangeError {
  return new RangeError(`"appendLog.firstNumber" must be ${wanted}: got ${got}`);
}

/** @returns 32 bytes. */
export function checkedHash(name: string, value: Uint8Array): Uint8Array {
  return checkedBytes(name, value, HASH_BYTES, HASH_BYTES);
}

export function checkedSetting(name: string, value: Uint8Array): Uint8Array {
  return checkedBytes(name, value, 0, SETTING_MAX_BYTES);
}

export function checkedSettingName(name: string): string {
  if (typeof name === 'string' && SETTING_NAME.test(name)) return name;
  throw new RangeError('"name" must be 1 to 64 characters from a to z, 0 to 9 and "-"');
}

/** A revision, or a number in a log: from 1. */
export function checkedCount(name: string, value: number): number {
  return checkedInteger(name, value, 1, Number.MAX_SAFE_INTEGER);
}

export function checkedTime(name: string, value: number): number {
  return checkedInteger(name, value, 0, Number.MAX_SAFE_INTEGER);
}

/** How many things a call may list. */
export function checkedLimit(name: string, value: number): number {
  return checkedInteger(name, value, 1, LIST_MAX);
}

function checkedInteger(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`"${name}" must be an integer from ${min} to ${max}: got ${String(value)}`);
}

function checkedParts<Part>(name: string, parts: readonly Part[]): readonly Part[] {
  if (!Array.isArray(parts)) throw new TypeError(`"${name}" must be a list`);
  if (parts.length <= PARTS_MAX) return parts;
  throw new RangeError(`"${name}" must be at most ${PARTS_MAX}: got ${parts.length}`);
}

function checkedBytes(name: string, value: Uint8Array, min: number, max: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`"${name}" must be bytes`);
  if (value.length >= min && value.length <= max) return value;
  const wanted = min === max ? `${min}` : `${min} to ${max}`;
  throw new RangeError(`"${name}" must be ${wanted} bytes: got ${value.length}`);
}
