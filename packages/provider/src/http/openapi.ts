/** The OpenAPI document of a provider, from the table of its calls. */
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { PROBLEM_CODES } from './problem.ts';
import { PROBLEM } from './schemas.ts';

const VERSION = '1';
const OBJECT_SCHEMA = { type: 'string', format: 'binary' };
const PARAMETERS: Readonly<Record<string, object>> = {
  name: { type: 'string', description: 'Name of an object, slashes included: packs/3f/3fa1…' },
  subject: { type: 'string', pattern: '^[0-9a-f]{64}$' },
};

export function openApiDocument(origin: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [operationId, endpoint] of Object.entries<Endpoint>(ENDPOINTS)) {
    paths[endpoint.path] ??= {};
    Object.assign(paths[endpoint.path] ?? {}, {
      [endpoint.method]: operation(operationId, endpoint),
    });
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Holdfast backup provider', version: VERSION, summary: 'spec/provider-api.md' },
    servers: [{ url: origin }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: {
        problem: {
          description: `An error; its code is one of: ${PROBLEM_CODES.join(', ')}`,
          content: { 'application/problem+json': { schema: jsonSchema(PROBLEM) } },
        },
      },
    },
  };
}

function operation(operationId: string, endpoint: Endpoint): object {
  const { path, summary, needsToken, request, query = [], answers } = endpoint;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true, schema: PARAMETERS[name] },
  }));
  const inQuery = query.map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
  const isUpload = endpoint.method === 'put' && path.endsWith('{name}');
  const responses = Object.entries(answers).map(([status, answer]) => [status, described(answer)]);
  return {
    operationId,
    summary,
    ...(needsToken ? { security: [{ token: [] }] } : {}),
    ...(inPath.length + inQuery.length > 0 ? { parameters: [...inPath, ...inQuery] } : {}),
    ...(request === undefined ? {} : { requestBody: json(request) }),
    ...(isUpload ? { requestBody: octets() } : {}),
    responses: {
      ...Object.fromEntries(responses),
      default: { $ref: '#/components/responses/problem' },
    },
  };
}

function described(answer: v.GenericSchema | null | 'object'): object {
  const description = 'As spec/provider-api.md says';
  if (answer === null) return { description };
  return { description, ...(answer === 'object' ? octets() : json(answer)) };
}

function json(schema: v.GenericSchema): object {
  return { content: { 'application/json': { schema: jsonSchema(schema) } } };
}

function octets(): object {
  return { content: { 'application/octet-stream': { schema: OBJECT_SCHEMA } } };
}

function jsonSchema(schema: v.GenericSchema): object {
  const { $schema: _, ...rest } = toJsonSchema(schema);
  return rest;
}
