/** Errors on the wire: problem+json (RFC 9457) with one of the codes of spec/vault-protocol.md §10. */
import { STATUS_CODES } from 'node:http';
import { ERROR_CODES, type ErrorCode, HoldfastError } from '@holdfast/core/errors';

/** All that a caller ever sees, with what it says beside the code. */
const DETAILS = {
  'not-authorised': 'The token or the signature is not good for this',
  'token-used': 'This token was used before',
  damaged: 'The request is malformed',
  'too-large': 'The request is too long',
  'too-many-requests': 'There were too many requests in a short time',
  busy: 'The vault can not serve now',
  internal: 'The vault failed',
} as const satisfies Partial<Record<ErrorCode, string>>;

export type ProblemCode = keyof typeof DETAILS;

/** What others of our own errors are to a caller. */
const SHOWN_AS: Readonly<Partial<Record<ErrorCode, ProblemCode>>> = {
  'format-too-new': 'damaged',
  'limit-exceeded': 'too-large',
  contention: 'busy',
  'database-unsafe': 'busy',
  'hsm-unusable': 'busy',
  'outcome-unknown': 'busy',
  'store-denied': 'busy',
  'store-unreachable': 'busy',
  'disk-full': 'busy',
};

const BUSY_RETRY_SECONDS = 5;

/** Which code a caller gets for an error. */
export function problemCodeOf(error: unknown): ProblemCode {
  if (!(error instanceof HoldfastError)) return 'internal';
  if (error.code in DETAILS) return error.code as ProblemCode;
  return SHOWN_AS[error.code] ?? 'internal';
}

/** @param retryAfterMs When to come again, for `too-many-requests`. */
export function problemResponse(
  code: ProblemCode,
  headers: Readonly<Record<string, string>>,
  retryAfterMs?: number,
): Response {
  const status = ERROR_CODES[code].httpStatus;
  const more: Record<string, string> = {};
  if (code === 'not-authorised') more['www-authenticate'] = 'Bearer';
  if (code === 'busy') more['retry-after'] = String(BUSY_RETRY_SECONDS);
  if (retryAfterMs !== undefined) more['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
  return problem(status, { code, detail: DETAILS[code] }, { ...headers, ...more });
}

/** There is nothing at this address, or not for this method. */
export function notFoundResponse(headers: Readonly<Record<string, string>>): Response {
  return problem(404, {}, headers);
}

function problem(
  status: number,
  facts: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Response {
  const body = { type: 'about:blank', title: STATUS_CODES[status], status, ...facts };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  });
}
