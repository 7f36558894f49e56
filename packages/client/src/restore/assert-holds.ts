import { HoldfastError } from '@holdfast/core/errors';

/** Whether a blob holds a stretch that is wanted of it. @throws {HoldfastError} `damaged`. */
export function assertHolds(blobBytes: number, from: number, lengthBytes: number): void {
  if (from >= 0 && from + lengthBytes <= blobBytes) return;
  throw new HoldfastError('damaged', 'Cannot read a blob: it is shorter than what is wanted');
}
