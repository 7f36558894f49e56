import { HoldfastError } from '@holdfast/core/errors';
import type { ByteRange } from './store.ts';

/**
 * The part of an object that `range` means; the whole object when there is none.
 *
 * @param objectBytes Length of the object, in bytes.
 * @throws {RangeError} when the range is not two safe integers of at least 0.
 * @throws {HoldfastError} `damaged` when it does not lie inside the object.
 */
export function resolveRange(
  name: string,
  range: ByteRange | undefined,
  objectBytes: number,
): ByteRange {
  if (range === undefined) {
    return { offset: 0, lengthBytes: objectBytes };
  }
  assertByteRange(range);
  if (range.offset + range.lengthBytes > objectBytes) {
    throw new HoldfastError(
      'damaged',
      `Cannot read ${name}: it has ${objectBytes} bytes, fewer than were written`,
      { details: { objectName: name } },
    );
  }
  return range;
}

/** @throws {RangeError} when `range` is not two safe integers of at least 0. */
function assertByteRange(range: ByteRange): void {
  for (const key of ['offset', 'lengthBytes'] as const) {
    if (!Number.isSafeInteger(range[key]) || range[key] < 0) {
      throw new RangeError(
        `"range.${key}" must be a safe integer of at least 0: got ${range[key]}`,
      );
    }
  }
}
