/** What keys of the password's owner, and tokens, may ask of a ledger (spec/vault-protocol.md §6.5 to §6.7). */
import { equalBytes } from '../../bytes/index.ts';
import { isRemovalProvedBy, isSignedBy, type RequestBodies } from '../messages/index.ts';
import { type Asked, assertGuesser, assertOwner } from './authorise.ts';
import { evaluableByHash, findAttempt, takeGuess, takeProof } from './counting.ts';
import { type Decision, decided, notAuthorised, type VaultContext } from './decision.ts';
import { cancelChange, removeRecord, retireOld } from './ending.ts';
import type { Ledger, VaultRecord } from './ledger.ts';
import { evaluableOf } from './record-states.ts';
import { refuse } from './ruling.ts';

export async function decideGuess(
  context: VaultContext,
  ledger: Ledger,
  guess: RequestBodies['guess'],
  asked: Asked,
): Promise<Decision> {
  const account = assertGuesser(ledger, asked);
  const named = evaluableByHash(ledger, guess.recordHash);
  if (named !== undefined && !equalBytes(named.account, account)) throw notAuthorised();
  const { evaluates, isTaken, ...ruling } = takeGuess(
    ledger,
    guess,
    context.limits,
    context.servedMs,
  );
  if (ruling.outcome === 'conflict' || named === undefined) return decided(ruling);
  context.assertElement(guess.element);
  if (evaluates === null) return decided(ruling);
  const { wrappedKey } = evaluates;
  return decided(ruling, {
    consumesToken: isTaken,
    finish: { kind: 'element', prefix: new Uint8Array(0), wrappedKey, element: guess.element },
  });
}

export async function decideProof(
  context: VaultContext,
  ledger: Ledger,
  { attemptId, sentHash, answeredHash }: RequestBodies['proof'],
  { bytes }: Asked,
): Promise<Decision> {
  const { crypto, servedMs } = context;
  const signer = await findSigner(context, ledger, bytes, 'proof');
  const found = findAttempt(ledger, attemptId);
  if (found?.record !== signer) return decided(refuse(ledger, 'unknown'));
  const { element } = found.attempt;
  const answered = await context.evaluate(signer.wrappedKey, element);
  const fits =
    equalBytes(await crypto.sha256(element), sentHash) &&
    equalBytes(await crypto.sha256(answered), answeredHash);
  if (!fits) return decided(refuse(ledger, 'not-proved'));
  return decided(takeProof(ledger, attemptId, servedMs));
}

export async function decideRemove(
  context: VaultContext,
  ledger: Ledger,
  body: RequestBodies['remove'],
  asked: Asked,
): Promise<Decision> {
  const { crypto, limits, servedMs } = context;
  await assertOwner(context, ledger.ownerPublicKey, asked);
  const record = ledger.records.find(({ id }) => equalBytes(id, body.recordId));
  const isProved =
    body.proof === null || record === undefined
      ? null
      : await isRemovalProvedBy(crypto, asked.bytes, record.proofPublicKey);
  return decided(removeRecord(ledger, body, isProved, limits, servedMs));
}

export async function decideRetire(
  context: VaultContext,
  ledger: Ledger,
  _body: RequestBodies['retire'],
  { bytes }: Asked,
): Promise<Decision> {
  const signer = await findSigner(context, ledger, bytes, 'retire');
  return decided(signer.state === 'live' ? retireOld(ledger) : refuse(ledger, 'superseded'));
}

export async function decideCancel(
  context: VaultContext,
  ledger: Ledger,
  body: RequestBodies['cancel'],
  { bytes }: Asked,
): Promise<Decision> {
  const signer = await findSigner(context, ledger, bytes, 'cancel');
  return decided(cancelChange(ledger, body, signer));
}

/**
 * The evaluable record whose proof key signed a request.
 *
 * @throws {HoldfastError} `not-authorised`.
 */
async function findSigner(
  { crypto }: VaultContext,
  ledger: Ledger,
  bytes: Uint8Array,
  kind: 'proof' | 'retire' | 'cancel',
): Promise<VaultRecord> {
  for (const record of evaluableOf(ledger)) {
    if (await isSignedBy(crypto, bytes, kind, record.proofPublicKey)) return record;
  }
  throw notAuthorised();
}
