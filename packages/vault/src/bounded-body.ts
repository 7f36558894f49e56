/** Reads bodies of which only so much is wanted, whatever their headers promise. */
import { concatBytes } from '@holdfast/core/bytes';

/** @returns null when there is more than `mostBytes`; the rest is then not read. */
export async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  mostBytes: number,
): Promise<Uint8Array | null> {
  if (stream === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const chunk of stream) {
    lengthBytes += chunk.length;
    if (lengthBytes > mostBytes) return null;
    chunks.push(chunk);
  }
  return concatBytes(...chunks);
}
