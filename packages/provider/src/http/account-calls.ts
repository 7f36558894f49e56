/** The calls by which a device gets in, and about its account (spec/provider-api.md §3, §6). */
import { fromHex, toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import * as v from 'valibot';
import type { Token } from '../accounts/index.ts';
import { type AuthorisedCall, type Call, emptyAnswer, jsonAnswer, type Services } from './call.ts';
import { type ENTRY, type RECOVERY, type SIGN_IN, SUBJECT } from './schemas.ts';

export function describeProvider({ origin, signUp, quotaBytes }: Services): Response {
  return jsonAnswer({ url: origin, signUp, quotaBytes });
}

export function drawChallenge({ accounts }: Services): Response {
  const { bytes, expiresAtMs } = accounts.challenge();
  return jsonAnswer({ challenge: toHex(bytes), expiresAtMs });
}

export async function signIn({ accounts }: Services, { body }: Call): Promise<Response> {
  return tokenAnswer(await accounts.signIn(signedChallenge(body as v.InferOutput<typeof SIGN_IN>)));
}

export async function enter({ accounts }: Services, { body }: Call): Promise<Response> {
  const entry = body as v.InferOutput<typeof ENTRY>;
  const token = await accounts.enter({
    ...signedChallenge(entry),
    ownerKey: fromHex(entry.ownerKey),
    headKey: fromHex(entry.headKey),
    ownerSignature: fromHex(entry.ownerSignature),
    create: entry.create,
    invite: entry.invite === undefined ? null : fromHex(entry.invite),
  });
  return tokenAnswer(token);
}

export async function recover({ accounts }: Services, { body }: Call): Promise<Response> {
  const { secret } = body as v.InferOutput<typeof RECOVERY>;
  return tokenAnswer(await accounts.recover(fromHex(secret)));
}

export function describeAccount({ objects }: Services, { caller }: AuthorisedCall): Response {
  assertOwn(caller.scope);
  const { account } = caller;
  return jsonAnswer({
    account: toHex(account.accountId),
    backupId: toHex(account.backupId),
    generation: account.generation,
    usedBytes: account.usedBytes,
    quotaBytes: objects.quotaOf(account),
    objects: account.objects,
    createdAtMs: account.createdAtMs,
  });
}

export async function addSubject(
  { accounts }: Services,
  { caller, parameter }: AuthorisedCall,
): Promise<Response> {
  assertOwn(caller.scope);
  await accounts.addSubject(caller, readSubject(parameter));
  return emptyAnswer(204);
}

export async function removeSubject(
  { accounts }: Services,
  { caller, parameter }: AuthorisedCall,
): Promise<Response> {
  assertOwn(caller.scope);
  await accounts.removeSubject(caller, readSubject(parameter));
  return emptyAnswer(204);
}

function assertOwn(scope: AuthorisedCall['caller']['scope']): void {
  if (scope === 'backup') return;
  throw new HoldfastError('store-denied', 'Cannot look at an account: the token is not for that');
}

function readSubject(parameter: string): Uint8Array {
  if (v.is(SUBJECT, parameter)) return fromHex(parameter);
  throw new HoldfastError('damaged', 'Cannot read a request: its subject is malformed');
}

function signedChallenge({ key, challenge, signature }: v.InferOutput<typeof SIGN_IN>) {
  return {
    key: fromHex(key),
    challenge: fromHex(challenge),
    signature: fromHex(signature),
  };
}

function tokenAnswer({ token, scope, expiresAtMs }: Token): Response {
  return jsonAnswer({ token, scope, expiresAtMs });
}
