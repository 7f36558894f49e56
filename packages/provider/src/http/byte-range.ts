/** Ranges of RFC 9110 §14, as far as a provider takes them (spec/provider-api.md §5.6). */
import { HoldfastError } from '@holdfast/core/errors';
import type { BytesRange } from '../bytes/index.ts';

/**
 * @param header Of the request; null for the whole object.
 * @returns null when it is not inside the object.
 * @throws {HoldfastError} `damaged` for another form than `bytes=a-b`.
 */
export function parseRange(header: string | null, lengthBytes: number): BytesRange | null {
  if (header === null) return { offset: 0, lengthBytes };
  const [, first = '', last = ''] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  if (first === '') throw new HoldfastError('damaged', 'Cannot read an object: no such range');
  const [offset, end] = [Number(first), Number(last) + 1];
  return offset < end && end <= lengthBytes ? { offset, lengthBytes: end - offset } : null;
}
