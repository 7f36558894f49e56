/**
 * The vault's half of the protocol: what one request makes of one ledger (spec/vault-protocol.md §6).
 *
 * Nothing is kept, read or sent here. The caller reads the ledger, lets this decide, makes the
 * decision durable in one transaction, and only then evaluates and answers.
 */
import { concatBytes, equalBytes } from '../../bytes/index.ts';
import { decodeRequestBody, type RequestBodies, type RequestKind } from '../messages/index.ts';
import { backupIdOf } from '../names.ts';
import { type Asked, assertOwner, assertOwnerOrGuesser } from './authorise.ts';
import { commitRecord } from './committing.ts';
import {
  decideCancel,
  decideGuess,
  decideProof,
  decideRemove,
  decideRetire,
} from './decide-guesses.ts';
import { decideHead, decideRebase, decideWitness } from './decide-heads.ts';
import { decideRotate } from './decide-rotate.ts';
import { type Decision, decided, notAuthorised, type VaultContext } from './decision.ts';
import { DECOY } from './decoy.ts';
import { type Ledger, newLedger, timeOf } from './ledger.ts';
import { countOwnerChange } from './owner-changes.ts';
import { readCommit } from './read-commit.ts';
import { isCommitted } from './record-states.ts';
import { refuse, rule } from './ruling.ts';
import { settle } from './settle.ts';
import { addStaged, mayStage } from './staging.ts';

type Rule<Kind extends RequestKind> = (
  context: VaultContext,
  ledger: Ledger,
  body: RequestBodies[Kind],
  asked: Asked,
) => Promise<Decision>;

/** Kinds that are about a ledger that is there. */
type LedgerKind = Exclude<RequestKind, 'hello' | 'enrol'>;

const RULES: { readonly [Kind in LedgerKind]: Rule<Kind> } = {
  stage: decideStage,
  commit: decideCommit,
  retire: decideRetire,
  async status(context, ledger, _body, asked) {
    await assertOwnerOrGuesser(context, ledger, asked);
    return decided(rule(ledger));
  },
  async record(context, ledger, { recordHash }, asked) {
    await assertOwnerOrGuesser(context, ledger, asked);
    const isKept = ledger.records.some(
      (record) => isCommitted(record) && equalBytes(record.hash, recordHash),
    );
    if (!isKept) return decided(refuse(ledger, 'unknown'));
    const prefix = new Uint8Array(0);
    return decided(rule(ledger), { finish: { kind: 'kept', prefix, hashes: [recordHash] } });
  },
  guess: decideGuess,
  proof: decideProof,
  remove: decideRemove,
  cancel: decideCancel,
  async log(context, ledger, { from }, asked) {
    await assertOwner(context, ledger.ownerPublicKey, asked);
    return decided(rule(ledger), { finish: { kind: 'log', from } });
  },
  witness: decideWitness,
  head: decideHead,
  rebase: decideRebase,
  rotate: decideRotate,
};

/**
 * @param ledger Of the request's backup; null when there is none.
 * @throws {HoldfastError} `not-authorised`; `damaged` or `format-too-new` of what is no request.
 */
export async function decide(
  context: VaultContext,
  ledger: Ledger | null,
  asked: Asked,
): Promise<Decision> {
  const { kind, vault } = asked.request;
  if (!equalBytes(vault, context.identity) || kind === 'hello') throw notAuthorised();
  const settled = ledger === null ? null : settle(ledger, context.limits, context.servedMs);
  const given = settled?.ledger ?? null;
  const { servedMs } = context;
  const judging = { ...context, servedMs: given === null ? servedMs : timeOf(given, servedMs) };
  const decision =
    kind === 'enrol'
      ? await decideEnrol(judging, given, asked)
      : await applyRule(kind, judging, given, asked);
  return { ...decision, events: [...(settled?.events ?? []), ...decision.events] };
}

async function applyRule<Kind extends LedgerKind>(
  kind: Kind,
  context: VaultContext,
  ledger: Ledger | null,
  asked: Asked,
): Promise<Decision> {
  // Read whether there is a ledger or not: what is damaged must not show it.
  const body = decodeRequestBody(kind, asked.request.body);
  const decision = await (RULES[kind] as Rule<Kind>)(context, ledger ?? DECOY, body, asked);
  if (ledger === null) throw notAuthorised();
  return decision;
}

async function decideEnrol(
  context: VaultContext,
  ledger: Ledger | null,
  asked: Asked,
): Promise<Decision> {
  const { backupId } = asked.request;
  const { ownerPublicKey, headPublicKey } = decodeRequestBody('enrol', asked.request.body);
  await assertOwner(context, ownerPublicKey, asked);
  if (!equalBytes(backupId, await backupIdOf(context.crypto, ownerPublicKey)))
    throw notAuthorised();
  if (ledger !== null) {
    // The first owner, which it is the id of, may be the owner no more.
    if (!equalBytes(ledger.ownerPublicKey, ownerPublicKey)) throw notAuthorised();
    const isSame = equalBytes(ledger.headPublicKey, headPublicKey);
    return decided(isSame ? rule(ledger) : refuse(ledger, 'conflict'));
  }
  if (asked.authorisation?.scope !== 'enrol') throw notAuthorised();
  const made = newLedger({ backupId, ownerPublicKey, headPublicKey });
  return decided(rule(made, ['enrolled', null]), { consumesToken: true });
}

async function decideStage(
  context: VaultContext,
  ledger: Ledger,
  stage: RequestBodies['stage'],
  asked: Asked,
): Promise<Decision> {
  const { authorisation } = asked;
  await assertOwner(context, ledger.ownerPublicKey, asked);
  if (stage.account !== null) {
    const isTheirs =
      authorisation?.scope === 'enrol' && equalBytes(authorisation.account, stage.account);
    if (!isTheirs) throw notAuthorised();
  }
  const { element } = stage;
  const { account, repeats, ...ruling } = mayStage(ledger, stage, context.limits);
  if (repeats !== null) {
    const { id, wrappedKey } = repeats;
    return decided(ruling, { finish: { kind: 'element', prefix: id, wrappedKey, element } });
  }
  if (account === null) return decided(ruling);
  const counted = countOwnerChange(ledger, context.servedMs);
  if (counted === null) return decided(refuse(ledger, 'conflict'));
  context.assertElement(element);
  const id = context.crypto.randomBytes(16);
  const wrappedKey = await context.makeKey();
  return decided(addStaged(counted, stage, { id, wrappedKey, account }), {
    finish: { kind: 'element', prefix: id, wrappedKey, element },
  });
}

async function decideCommit(
  context: VaultContext,
  ledger: Ledger,
  certified: RequestBodies['commit'],
  asked: Asked,
): Promise<Decision> {
  await assertOwnerOrGuesser(context, ledger, asked);
  const commit = await readCommit(context, ledger, certified);
  if (typeof commit === 'string') return decided(refuse(ledger, commit));
  const ruling = commitRecord(ledger, commit, context.limits, context.servedMs);
  if (ruling.outcome !== 'done' || ruling.ledger === ledger) return decided(ruling);
  const { record, certificate } = certified;
  return decided(ruling, {
    keeps: { hash: commit.hash, bytes: concatBytes(record, certificate) },
  });
}
