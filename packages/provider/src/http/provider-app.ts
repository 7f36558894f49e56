/**
 * The provider over HTTP (spec/provider-api.md §4, §6).
 *
 * In this order, so that nothing is spent on who has no right to it: the limit of the address, the token, the limit of
 * its account, the form of the request, and only then what is there.
 */
import { HoldfastError } from '@holdfast/core/errors';
import {
  addressGroup,
  LimitReached,
  limitPerMinute,
  RequestLimit,
  readiness,
  readRequest,
  takeOne,
} from '@holdfast/serving/http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import type { Caller } from '../accounts/index.ts';
import * as account from './account-calls.ts';
import {
  type AuthorisedCall,
  type Call,
  jsonAnswer,
  type NodeSide,
  type Services,
} from './call.ts';
import { ENDPOINTS, type Endpoint, type EndpointName } from './endpoints.ts';
import * as object from './object-calls.ts';
import { openApiDocument } from './openapi.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';
import { UploadsUnderWay } from './uploads-under-way.ts';

export interface ProviderAppOptions extends Services {
  readonly limits: RequestLimits;
  /** Resolves when a change would succeed. */
  check(): Promise<void>;
  /** The caller's address. */
  addressOf(request: Request, env: unknown): string;
  /** Told of each answer; must not throw. */
  onAnswered?(answered: Answered): void;
}

/** Requests a minute; 0 for no limit. */
export interface RequestLimits {
  readonly perAddress: number;
  /** Challenges, tokens and accounts. */
  readonly entrancesPerAddress: number;
  readonly perAccount: number;
  /** New accounts an hour. */
  readonly accountsPerAddress: number;
  /** How many uploads may be under way. */
  readonly uploadsAtOnce: number;
}

/** What may be logged and counted of a request: nothing of what it was about. */
export interface Answered {
  readonly kind: EndpointName;
  readonly status: number;
  /** Null for an answer that is no error. */
  readonly code: ProblemCode | null;
  readonly address: string;
  readonly durationMs: number;
  /** What went wrong, when it was not the caller. */
  readonly cause?: unknown;
}

const JSON_MAX_BYTES = 8 * 1024;
const MINUTES_AN_HOUR = 60;

type Handler = (services: Services, call: AuthorisedCall) => Response | Promise<Response>;

/** Those of calls without a token don't look at the caller. */
const HANDLERS: Readonly<Record<EndpointName, Handler>> = {
  describeProvider: account.describeProvider,
  drawChallenge: account.drawChallenge,
  signIn: account.signIn,
  enter: account.enter,
  recover: account.recover,
  describeAccount: account.describeAccount,
  addSubject: account.addSubject,
  removeSubject: account.removeSubject,
  listObjects: object.listObjects,
  putObject: object.putObject,
  getObject: object.getObject,
  deleteObject: object.deleteObject,
};

export function providerApp(options: ProviderAppOptions): Hono {
  const { accounts, limits } = options;
  const addresses = limitPerMinute(limits.perAddress);
  const entrances = limitPerMinute(limits.entrancesPerAddress);
  const perAccount = limitPerMinute(limits.perAccount);
  const newAccounts = new RequestLimit({
    perMinute: limits.accountsPerAddress / MINUTES_AN_HOUR,
    burst: Math.max(limits.accountsPerAddress, 1),
  });
  const uploads = new UploadsUnderWay(limits.uploadsAtOnce);

  async function authorise(headers: Headers): Promise<Caller> {
    const [, token] = /^Bearer ([0-9a-f]{64})$/i.exec(headers.get('authorization') ?? '') ?? [];
    if (token === undefined) throw notAuthorised();
    const caller = await accounts.authorise(token);
    takeOne(perAccount, Buffer.from(caller.account.accountId).toString('latin1'));
    return caller;
  }

  async function handle(
    name: EndpointName,
    endpoint: Endpoint,
    { request, url, node }: Asked,
    from: string,
  ): Promise<Response> {
    const { headers, method } = request;
    // Nobody looks at the caller of a call without a token.
    const caller = endpoint.needsToken ? await authorise(headers) : (null as unknown as Caller);
    const body =
      endpoint.request === undefined ? undefined : await readJson(request, endpoint.request);
    if (name === 'enter' && (body as { create: boolean }).create) takeOne(newAccounts, from);
    const [beginning = ''] = endpoint.path.split('{');
    const parameter = url.pathname.slice(beginning.length);
    const call: AuthorisedCall = { ...node, method, url, headers, parameter, body, caller };
    if (name !== 'putObject') return await HANDLERS[name](options, call);
    using _counted = uploads.begin(caller.account.accountId);
    return await HANDLERS[name](options, call);
  }

  async function respond(name: EndpointName, endpoint: Endpoint, asked: Asked): Promise<Response> {
    const startMs = performance.now();
    const { request, node } = asked;
    const address = options.addressOf(request, node);
    let response: Response;
    let status: number;
    let failure: Pick<Answered, 'code' | 'cause'> = { code: null };
    try {
      const from = addressGroup(address);
      takeOne(addresses, from);
      if (endpoint.isEntrance) takeOne(entrances, from);
      response = await handle(name, endpoint, asked, from);
      status = node.outgoing.headersSent ? node.outgoing.statusCode : response.status;
    } catch (error) {
      const isGone = node.incoming.errored !== null || node.outgoing.destroyed;
      const code = isGone ? 'damaged' : PROBLEMS.codeOf(error);
      const isOurs = code === 'internal' || code === 'busy';
      failure = isOurs ? { code, cause: error } : { code };
      const waitMs = error instanceof LimitReached ? error.waitMs : undefined;
      response = PROBLEMS.response(code, waitMs);
      status = response.status;
      if (node.outgoing.headersSent) {
        // Amid an answer nothing can be said any more but that it ends here.
        node.outgoing.destroy();
        response = RESPONSE_ALREADY_SENT;
      }
    }
    const durationMs = performance.now() - startMs;
    options.onAnswered?.({ kind: name, status, address, durationMs, ...failure });
    return response;
  }

  const app = new Hono();
  for (const [name, endpoint] of Object.entries<Endpoint>(ENDPOINTS)) {
    const path = endpoint.path.replace('{name}', ':name{.+}').replace('{subject}', ':subject');
    app.on(endpoint.method.toUpperCase(), path, (context) =>
      respond(name as EndpointName, endpoint, askedOf(context)),
    );
  }
  const document = openApiDocument(options.origin);
  app.get('/v1/openapi.json', () => jsonAnswer(document));
  const isReady = readiness(options.check);
  app.get('/health', () => PROBLEMS.health(true));
  app.get('/ready', async () => PROBLEMS.health(await isReady()));
  app.notFound(() => PROBLEMS.notFound());
  // Hono's own would print the error.
  app.onError(() => PROBLEMS.response('internal'));
  return app;
}

interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly node: NodeSide;
}

function askedOf({ req, env }: Context): Asked {
  return { request: req.raw, url: new URL(req.url), node: env as unknown as NodeSide };
}

async function readJson(request: Request, schema: v.GenericSchema): Promise<Call['body']> {
  const [type] = (request.headers.get('content-type') ?? '').split(';');
  if (type?.trim().toLowerCase() !== 'application/json') throw malformed('it is no JSON');
  const bytes = await readRequest(request, JSON_MAX_BYTES).catch((cause: unknown) => {
    throw new HoldfastError('damaged', 'Cannot read a request: it was cut off', { cause });
  });
  if (bytes === null) throw new HoldfastError('too-large', 'Cannot read a request: it is too long');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The cause would show a part of what was sent.
    throw malformed('it is no JSON');
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw malformed('its fields are not those of this call');
}

function notAuthorised(): HoldfastError {
  return new HoldfastError('not-authorised', 'Cannot go on: there is no token');
}

function malformed(state: string): HoldfastError {
  return new HoldfastError('damaged', `Cannot read a request: ${state}`);
}
