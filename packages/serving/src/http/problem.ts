/** Errors on the wire: problem+json (RFC 9457) with one of the codes that a server's specification names. */
import { STATUS_CODES } from 'node:http';
import { ERROR_CODES, type ErrorCode, HoldfastError } from '@holdfast/core/errors';

export interface ProblemsOptions<Code extends ErrorCode> {
  /** All that a caller ever sees, with what it says beside the code. */
  readonly details: Readonly<Record<Code, string>>;
  /** What others of our own errors are to a caller; `internal` when they are not named. */
  readonly shownAs: Readonly<Partial<Record<ErrorCode, Code>>>;
}

/** Of every answer of a server. */
export const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Codes that every server has. */
type Always = 'busy' | 'internal';

const BUSY_RETRY_SECONDS = 5;

export class Problems<Code extends ErrorCode> {
  readonly #options: ProblemsOptions<Code | Always>;

  constructor(options: ProblemsOptions<Code | Always>) {
    this.#options = options;
  }

  /** Which code a caller gets for an error. */
  codeOf(error: unknown): Code | Always {
    if (!(error instanceof HoldfastError)) return 'internal';
    const { details, shownAs } = this.#options;
    if (error.code in details) return error.code as Code;
    return shownAs[error.code] ?? 'internal';
  }

  /** @param retryAfterMs When to come again, for `too-many-requests`. */
  response(code: Code | Always, retryAfterMs?: number): Response {
    const status = ERROR_CODES[code].httpStatus;
    const more: Record<string, string> = {};
    if (code === 'not-authorised') more['www-authenticate'] = 'Bearer';
    if (code === 'busy' || code === 'too-many-requests') {
      more['retry-after'] = String(BUSY_RETRY_SECONDS);
    }
    if (retryAfterMs !== undefined) more['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
    return this.#problem(status, { code, detail: this.#options.details[code] }, more);
  }

  /** Answers to who asks whether the server is well. */
  health(isGood: boolean): Response {
    if (!isGood) return this.response('busy');
    return new Response('ok\n', { headers: { ...HEADERS, 'content-type': 'text/plain' } });
  }

  /** There is nothing at this address, or not for this method. */
  notFound(): Response {
    return this.#problem(404, {}, {});
  }

  #problem(
    status: number,
    facts: Readonly<Record<string, string>>,
    more: Readonly<Record<string, string>>,
  ): Response {
    const body = { type: 'about:blank', title: STATUS_CODES[status], status, ...facts };
    return new Response(JSON.stringify(body), {
      status,
      headers: { ...HEADERS, ...more, 'content-type': 'application/problem+json' },
    });
  }
}
