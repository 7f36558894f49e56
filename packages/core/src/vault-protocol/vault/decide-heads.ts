/** Heads that are shown to a vault, asked back, or put in others' place (spec/vault-protocol.md §8). */
import type { RequestBodies } from '../messages/index.ts';
import { type Asked, assertOwner } from './authorise.ts';
import { type Decision, decided, type VaultContext } from './decision.ts';
import { type ChainedHead, rebaseHead, takeHeads } from './heads.ts';
import type { Ledger } from './ledger.ts';
import { countOwnerChange } from './owner-changes.ts';
import { readChain } from './read-chain.ts';
import { type Ruling, refuse, rule } from './ruling.ts';

export async function decideWitness(
  context: VaultContext,
  ledger: Ledger,
  { heads }: RequestBodies['witness'],
  asked: Asked,
): Promise<Decision> {
  await assertOwner(context, ledger.ownerPublicKey, asked);
  const chain = await readChain(context.crypto, ledger, heads);
  return keeping(ledger, takeHeads(ledger, chain), heads.at(-1));
}

export async function decideHead(
  context: VaultContext,
  ledger: Ledger,
  _body: RequestBodies['head'],
  asked: Asked,
): Promise<Decision> {
  await assertOwner(context, ledger.ownerPublicKey, asked);
  const kept = [ledger.head, ledger.displacedHead];
  const hashes = kept.flatMap((head) => (head === null ? [] : [head.hash]));
  const prefix = Uint8Array.of(hashes.length);
  return decided(rule(ledger), { finish: { kind: 'kept', prefix, hashes } });
}

export async function decideRebase(
  context: VaultContext,
  ledger: Ledger,
  { displacedHash, head: object }: RequestBodies['rebase'],
  asked: Asked,
): Promise<Decision> {
  await assertOwner(context, ledger.ownerPublicKey, asked);
  const [head] = (await readChain(context.crypto, ledger, [object])) as [ChainedHead];
  const ruling = rebaseHead(ledger, displacedHash, head);
  if (ruling.ledger === ledger) return decided(ruling);
  const counted = countOwnerChange(ruling.ledger, context.servedMs);
  if (counted === null) return decided(refuse(ledger, 'conflict'));
  return keeping(ledger, { ...ruling, ledger: counted }, object);
}

/** The newest is kept, where it changed. */
function keeping(before: Ledger, ruling: Ruling, bytes: Uint8Array | undefined): Decision {
  const { head } = ruling.ledger;
  if (ruling.ledger === before || head === null || bytes === undefined) return decided(ruling);
  return decided(ruling, { keeps: { hash: head.hash, bytes } });
}
