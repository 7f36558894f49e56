/**
 * The vault over HTTP (spec/vault-protocol.md §5, §9, §10), from Request to Response.
 *
 * In this order, so that nothing is spent on who has no right to it: the limit of the address, the
 * form of the headers, the token, the limit of its account, the body, and only then the vault.
 */
import { HoldfastError } from '@holdfast/core/errors';
import { REQUEST_MAX_BYTES } from '@holdfast/core/vault-protocol';
import {
  addressGroup,
  HEADERS,
  LimitReached,
  limitPerMinute,
  readiness,
  readRequest,
  takeOne,
} from '@holdfast/serving/http';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { Authorised, BuiltInIssuer, TokenChecker } from '../authorisation/index.ts';
import type { Vault } from '../vault/index.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';
import { KIND_OFFSET, KIND_RULES, type KindRule } from './request-kinds.ts';
import { parseTokenRequest, TOKEN_REQUEST_MAX_BYTES } from './token-request.ts';

export interface VaultAppOptions {
  readonly vault: Vault;
  readonly checker: TokenChecker;
  /** Null where an identity service issues the tokens. */
  readonly issuer: BuiltInIssuer | null;
  /** Of web pages that may call this vault: `https://app.example.org`. */
  readonly origins: readonly string[];
  readonly limits: RequestLimits;
  /** The caller's address. */
  addressOf(request: Request, env: unknown): string;
  /** Told of each answer; must not throw. */
  onAnswered?(answered: Answered): void;
}

/** Requests a minute; 0 for no limit. */
export interface RequestLimits {
  readonly perAddress: number;
  readonly perAccount: number;
  /** Tokens of the built-in issuer. */
  readonly tokensPerAddress: number;
  /** How many may be at work at the same time. */
  readonly atOnce: number;
}

/** What may be logged and counted of a request: nothing of what it was about. */
export interface Answered {
  /** A kind, or `token`. */
  readonly kind: string;
  readonly status: number;
  /** Null for a signed answer or a token. */
  readonly code: ProblemCode | null;
  readonly address: string;
  readonly durationMs: number;
  /** What went wrong, when it was not the caller. */
  readonly cause?: unknown;
}

const BINARY = 'application/octet-stream';
const JSON_TYPE = 'application/json';
const PREFLIGHT_SECONDS = 7200;

export function vaultApp(options: VaultAppOptions): Hono {
  const { vault, checker, issuer, origins, limits } = options;
  const addresses = limitPerMinute(limits.perAddress);
  const accounts = limitPerMinute(limits.perAccount);
  const issued = limitPerMinute(limits.tokensPerAddress);
  let atWork = 0;

  async function authorise(request: Request, rule: KindRule): Promise<Authorised | null> {
    if (rule.scope === null) return null;
    const header = request.headers.get('authorization');
    if (header === null && !rule.needsToken) return null;
    const [, token] = /^Bearer ([\w.-]+)$/i.exec(header ?? '') ?? [];
    if (token === undefined) throw notAuthorised();
    const authorised = await checker.check(token, rule.scope);
    takeOne(accounts, Buffer.from(authorised.account).toString('latin1'));
    return authorised;
  }

  async function answer(request: Request, rule: KindRule): Promise<Uint8Array<ArrayBuffer>> {
    assertContentType(request, BINARY);
    const authorised = await authorise(request, rule);
    const body = await readAtMost(request, REQUEST_MAX_BYTES);
    if (body[KIND_OFFSET] !== rule.code) {
      throw new HoldfastError('damaged', 'Cannot read a request: it is of another kind');
    }
    if (atWork >= limits.atOnce) throw new HoldfastError('busy', 'Cannot go on: too much to do');
    atWork++;
    try {
      return (await vault.handle(body, authorised)) as Uint8Array<ArrayBuffer>;
    } finally {
      atWork--;
    }
  }

  async function issueToken(request: Request, from: string, by: BuiltInIssuer): Promise<string> {
    takeOne(issued, from);
    assertContentType(request, JSON_TYPE);
    const body = await readAtMost(request, TOKEN_REQUEST_MAX_BYTES);
    const { secret, scope } = parseTokenRequest(body);
    return JSON.stringify({ token: await by.issue(secret, scope) });
  }

  /** Counts the request, answers it, and tells of it. */
  async function respond(
    request: Request,
    env: unknown,
    kind: string,
    contentType: string,
    makeBody: (from: string) => Promise<Uint8Array<ArrayBuffer> | string>,
  ): Promise<Response> {
    const startMs = performance.now();
    const address = options.addressOf(request, env);
    let response: Response;
    let failure: Pick<Answered, 'code' | 'cause'> = { code: null };
    try {
      const from = addressGroup(address);
      takeOne(addresses, from);
      const body = await makeBody(from);
      response = new Response(body, { headers: { ...HEADERS, 'content-type': contentType } });
    } catch (error) {
      const code = PROBLEMS.codeOf(error);
      const isOurs = code === 'internal' || code === 'busy';
      failure = isOurs ? { code, cause: error } : { code };
      response = PROBLEMS.response(code, error instanceof LimitReached ? error.waitMs : undefined);
    }
    const durationMs = performance.now() - startMs;
    options.onAnswered?.({ kind, status: response.status, address, durationMs, ...failure });
    return response;
  }

  const app = new Hono();
  if (origins.length > 0) {
    app.use(
      '/v1/*',
      cors({
        origin: [...origins],
        allowMethods: ['POST'],
        allowHeaders: ['authorization', 'content-type'],
        exposeHeaders: ['retry-after'],
        maxAge: PREFLIGHT_SECONDS,
      }),
    );
  }
  for (const [kind, rule] of KIND_RULES) {
    app.post(`/v1/${kind}`, ({ req, env }) =>
      respond(req.raw, env, kind, BINARY, () => answer(req.raw, rule)),
    );
  }
  if (issuer !== null) {
    app.post('/v1/token', ({ req, env }) =>
      respond(req.raw, env, 'token', JSON_TYPE, (from) => issueToken(req.raw, from, issuer)),
    );
  }
  const isReady = readiness(() => vault.check());
  app.get('/health', () => PROBLEMS.health(true));
  app.get('/ready', async () => PROBLEMS.health(await isReady()));
  app.notFound(() => PROBLEMS.notFound());
  // Hono's own would print the error.
  app.onError(() => PROBLEMS.response('internal'));
  return app;
}

function assertContentType({ headers }: Request, wanted: string): void {
  const [given] = (headers.get('content-type') ?? '').split(';');
  if (given?.trim().toLowerCase() === wanted) return;
  throw new HoldfastError('damaged', `Cannot read a request: its content type is not ${wanted}`);
}

async function readAtMost(request: Request, mostBytes: number): Promise<Uint8Array> {
  let body: Uint8Array | null;
  try {
    body = await readRequest(request, mostBytes);
  } catch (cause) {
    throw new HoldfastError('damaged', 'Cannot read a request: it was cut off', { cause });
  }
  if (body === null) throw new HoldfastError('too-large', 'Cannot read a request: it is too long');
  return body;
}

function notAuthorised(): HoldfastError {
  return new HoldfastError('not-authorised', 'Cannot go on: there is no token');
}
