import type { Store } from '../stores/store.ts';

/**
 * The first bytes of an object of known length; null when there is none of that name. No more is
 * asked for, so that a store can't fill the memory with an object that is longer than it should be.
 *
 * @throws {HoldfastError} `damaged` when the object is shorter, or what the store throws.
 */
export async function getStart(
  store: Store,
  name: string,
  lengthBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | null> {
  return await store.get(name, { range: { offset: 0, lengthBytes }, signal });
}
