/** Bytes that tell their seed and every place in them, so that no mix-up goes unnoticed. */
export function sampleBytes(lengthBytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthBytes);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let at = 0; at < lengthBytes; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
