/** One call as its handler sees it, and the answers that handlers give. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HEADERS } from '@holdfast/serving/http';
import type { Accounts, Caller, SignUp } from '../accounts/index.ts';
import type { Objects } from '../objects/index.ts';

export interface Services {
  readonly accounts: Accounts;
  readonly objects: Objects;
  /** What people call this provider. */
  readonly origin: string;
  readonly signUp: SignUp;
  readonly quotaBytes: number;
}

/** The sockets' side of a request: bodies of objects go past web streams, which cost half the speed. */
export interface NodeSide {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export interface Call extends NodeSide {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** What the path has in the place of a parameter: as it was sent, percent-encoded. */
  readonly parameter: string;
  /** As its schema gives it; undefined where there is none. */
  readonly body: unknown;
}

/** Of a call that takes a token. */
export interface AuthorisedCall extends Call {
  readonly caller: Caller;
}

export function jsonAnswer(value: object, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...HEADERS, 'content-type': 'application/json' },
  });
}

export function emptyAnswer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(null, { status, headers: { ...HEADERS, ...headers } });
}
