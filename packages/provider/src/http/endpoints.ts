/** Every call there is (spec/provider-api.md §6): what routes, checks of requests and the OpenAPI document are made from. */
import type * as v from 'valibot';
import {
  ACCOUNT,
  CHALLENGE,
  DELETE_OUTCOME,
  ENTRY,
  OBJECT_LIST,
  PROVIDER,
  PUT_OUTCOME,
  RECOVERY,
  SIGN_IN,
  TOKEN,
} from './schemas.ts';

export interface Endpoint {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** `{name}` stands for the rest of the path, `{subject}` for one part of it. */
  readonly path: string;
  readonly summary: string;
  readonly needsToken: boolean;
  /** Whether it counts as getting in, of which an address has fewer. */
  readonly isEntrance?: true;
  /** Of a JSON body. */
  readonly request?: v.GenericSchema;
  readonly query?: readonly string[];
  /** By status; null for an answer without a body, `object` for the bytes of one. */
  readonly answers: Readonly<Record<number, v.GenericSchema | null | 'object'>>;
}

export const ENDPOINTS = {
  describeProvider: {
    method: 'get',
    path: '/v1/provider',
    summary: 'What this provider is called, and whom it takes',
    needsToken: false,
    answers: { 200: PROVIDER },
  },
  drawChallenge: {
    method: 'post',
    path: '/v1/challenge',
    summary: 'Draws a challenge to sign',
    needsToken: false,
    isEntrance: true,
    answers: { 200: CHALLENGE },
  },
  signIn: {
    method: 'post',
    path: '/v1/token',
    summary: 'Gets a token for a signed challenge',
    needsToken: false,
    isEntrance: true,
    request: SIGN_IN,
    answers: { 200: TOKEN },
  },
  enter: {
    method: 'post',
    path: '/v1/account',
    summary: 'Makes an account, or registers the key of a rotation, and gets a token',
    needsToken: false,
    isEntrance: true,
    request: ENTRY,
    answers: { 200: TOKEN },
  },
  recover: {
    method: 'post',
    path: '/v1/recovery-token',
    summary:
      "Gets a token that reads recovery records, for the provider's share of an account code",
    needsToken: false,
    isEntrance: true,
    request: RECOVERY,
    answers: { 200: TOKEN },
  },
  describeAccount: {
    method: 'get',
    path: '/v1/account',
    summary: 'What the account has and may have',
    needsToken: true,
    answers: { 200: ACCOUNT },
  },
  addSubject: {
    method: 'put',
    path: '/v1/account/recovery/{subject}',
    summary: 'Lets who has a recovery sheet read recovery records',
    needsToken: true,
    answers: { 204: null },
  },
  removeSubject: {
    method: 'delete',
    path: '/v1/account/recovery/{subject}',
    summary: 'Lets them no more',
    needsToken: true,
    answers: { 204: null },
  },
  listObjects: {
    method: 'get',
    path: '/v1/objects',
    summary: 'Lists objects in order of name',
    needsToken: true,
    query: ['prefix', 'after', 'limit'],
    answers: { 200: OBJECT_LIST },
  },
  putObject: {
    method: 'put',
    path: '/v1/objects/{name}',
    summary: 'Takes an object if there is none of that name',
    needsToken: true,
    answers: { 201: PUT_OUTCOME, 200: PUT_OUTCOME },
  },
  getObject: {
    method: 'get',
    path: '/v1/objects/{name}',
    summary: 'An object or a part of it; HEAD tells of it',
    needsToken: true,
    answers: { 200: 'object', 206: 'object', 304: null, 416: null },
  },
  deleteObject: {
    method: 'delete',
    path: '/v1/objects/{name}',
    summary: 'Deletes an object; its bytes are kept for a while',
    needsToken: true,
    answers: { 200: DELETE_OUTCOME },
  },
} as const satisfies Readonly<Record<string, Endpoint>>;

export type EndpointName = keyof typeof ENDPOINTS;
