/** Below this, bytes may lie in a pool that others use too. */
const OWN_MEMORY_BYTES = 32 * 1024;

/**
 * Gives the memory of short-lived bytes back at once, instead of when the garbage collector finds
 * them: thousands of buffers of some hundred kilobytes would otherwise pile up. Browsers from before
 * spring 2024 can't; there they are left to it.
 *
 * @param bytes The only view of its memory; must not be used afterwards.
 */
export function releaseBytes(bytes: Uint8Array): void {
  if (bytes.length < OWN_MEMORY_BYTES) return;
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer) buffer.transfer?.(0);
}
