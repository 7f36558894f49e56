/** The calls about objects (spec/provider-api.md §5, §6). */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { HEADERS } from '@holdfast/serving/http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { LIST_MAX, type StoredObject } from '../metadata/index.ts';
import { parseRange } from './byte-range.ts';
import { type AuthorisedCall, emptyAnswer, jsonAnswer, type Services } from './call.ts';

const BINARY = 'application/octet-stream';
/** What no prefix or name may hold; what it may be is for the listing to find nothing of. */
const NAME_PART = /^[a-z0-9./-]{0,200}$/;

export async function putObject(
  { objects }: Services,
  { caller, parameter, headers, incoming }: AuthorisedCall,
): Promise<Response> {
  const stated = headers.get('content-length') ?? '';
  if (!/^\d{1,12}$/.test(stated) || headers.has('transfer-encoding')) {
    throw malformed('it does not say how long it is');
  }
  const upload = { lengthBytes: Number(stated), body: incoming };
  const outcome = await objects.put(caller, parameter, upload);
  return jsonAnswer({ outcome }, outcome === 'stored' ? 201 : 200);
}

export async function getObject({ objects }: Services, call: AuthorisedCall): Promise<Response> {
  const { caller, parameter, headers, method, outgoing } = call;
  const found = await objects.find(caller, parameter);
  if (found === null) throw missing();
  const about = headersOf(found);
  if (headers.get('if-none-match') === about.etag) return emptyAnswer(304, about);
  const { lengthBytes } = found;
  const range = parseRange(headers.get('range'), lengthBytes);
  if (range === null) return emptyAnswer(416, { 'content-range': `bytes */${lengthBytes}` });
  const isPart = headers.has('range');
  const end = range.offset + range.lengthBytes - 1;
  const more = {
    ...about,
    'content-length': String(range.lengthBytes),
    'content-type': BINARY,
    ...(isPart ? { 'content-range': `bytes ${range.offset}-${end}/${lengthBytes}` } : {}),
  };
  const status = isPart ? 206 : 200;
  if (method === 'HEAD' || lengthBytes === 0) return emptyAnswer(status, more);
  const content = await objects.read(caller, found, range);
  if (content === null) throw missing();
  if (!(content instanceof Readable)) {
    outgoing.writeHead(status, { ...HEADERS, ...more }).end(content);
    return RESPONSE_ALREADY_SENT;
  }
  try {
    outgoing.writeHead(status, { ...HEADERS, ...more });
    await pipeline(content, outgoing);
  } finally {
    // A pipeline to who is gone already leaves it open.
    content.destroy();
  }
  return RESPONSE_ALREADY_SENT;
}

export async function deleteObject(
  { objects }: Services,
  { caller, parameter }: AuthorisedCall,
): Promise<Response> {
  const keptUntilMs = await objects.delete(caller, parameter);
  return jsonAnswer(
    keptUntilMs === null ? { outcome: 'absent' } : { outcome: 'deleted', keptUntilMs },
  );
}

export async function listObjects(
  { objects }: Services,
  { caller, url }: AuthorisedCall,
): Promise<Response> {
  const { searchParams: query } = url;
  const [prefix, after] = [query.get('prefix') ?? '', query.get('after')];
  if (!NAME_PART.test(prefix) || !NAME_PART.test(after ?? '')) throw malformed('no name is so');
  const limit = query.get('limit') ?? String(LIST_MAX);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > LIST_MAX) {
    throw malformed('its limit is out of range');
  }
  const found = await objects.list(caller, { prefix, after, limit: Number(limit) });
  return jsonAnswer({
    objects: found.map(({ name, lengthBytes, writtenAtMs }) => ({
      ...{ name, lengthBytes, writtenAtMs },
    })),
    next: found.length === Number(limit) ? (found.at(-1)?.name ?? null) : null,
  });
}

function headersOf({ hash, writtenAtMs }: StoredObject) {
  return {
    etag: `"${toHex(hash)}"`,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'last-modified': new Date(writtenAtMs).toUTCString(),
  };
}

function missing(): HoldfastError {
  return new HoldfastError('object-missing', 'Cannot read an object: there is none of that name');
}

function malformed(state: string): HoldfastError {
  return new HoldfastError('damaged', `Cannot read a request: ${state}`);
}
