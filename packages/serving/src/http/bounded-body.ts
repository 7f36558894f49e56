/** Reads bodies of which only so much is wanted, whatever their headers promise. */
import { concatBytes } from '@holdfast/core/bytes';

/**
 * @param request Of which nothing was read yet.
 * @returns null when there is more than `mostBytes`; the rest is then not read.
 */
export async function readRequest(request: Request, mostBytes: number): Promise<Uint8Array | null> {
  const { headers } = request;
  const stated = headers.get('content-length');
  if (stated === null || headers.has('transfer-encoding')) {
    return await readStream(request.body, mostBytes);
  }
  if (!/^\d+$/.test(stated) || Number(stated) > mostBytes) return null;
  // Node's parser lets no more through than was stated, and whole bodies are faster than streams.
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.length > mostBytes ? null : bytes;
}

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
