/** Errors on the wire: problem+json (RFC 9457) with one of the codes that a server's specification names. */
import { STATUS_CODES } from 'node:http';
import { ERROR_CODES, type ErrorCode, HoldfastError } from '@holdfast/core/errors';

export interface ProblemsOptions<Code extends ErrorCode> {
  /** All that a caller ever sees, with what it says beside the code. */
  readonly details: Readonly<Record<Code, string>>;
  /** What others of our own errors are to a caller; `internal` when they are not named. */
  readonly shownAs: Readonly<Partial<Record<ErrorCode, Code>>>;
  /** Of every answer. */
  readonly headers: Readonly<Record<string, string>>;
}

const BUSY_RETRY_SECONDS = 5;

export class Problems<Code extends ErrorCode> {
  readonly #options: ProblemsOptions<Code | 'internal'>;

  constructor(options: ProblemsOptions<Code | 'internal'>) {
    this.#options = options;
  }

  /** Which code a caller gets for an error. */
  codeOf(error: unknown): Code | 'internal' {
    if (!(error instanceof HoldfastError)) return 'internal';
    const { details, shownAs } = this.#options;
    if (error.code in details) return error.code as Code;
    return shownAs[error.code] ?? 'internal';
  }

  /** @param retryAfterMs When to come again, for `too-many-requests`. */
  response(code: Code | 'internal', retryAfterMs?: number): Response {
    const status = ERROR_CODES[code].httpStatus;
    const more: Record<string, string> = {};
    if (code === 'not-authorised') more['www-authenticate'] = 'Bearer';
    if (code === 'busy' || code === 'too-many-requests') {
      more['retry-after'] = String(BUSY_RETRY_SECONDS);
    }
    if (retryAfterMs !== undefined) more['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
    return this.#problem(status, { code, detail: this.#options.details[code] }, more);
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
      headers: { ...this.#options.headers, ...more, 'content-type': 'application/problem+json' },
    });
  }
}
