/**
 * Ends what vaults have of a person's passwords, or a change of it that is under way
 * (spec/vault-protocol.md §6.7).
 */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { evaluableIn, type LedgerStatus } from '../messages/index.ts';
import { isRefusal } from './choose-record.ts';
import type { OwnerKeys, ReplacedPassword } from './setting.ts';
import { type ClientContext, VaultClient } from './vault-client.ts';
import type { VaultLink } from './vault-link.ts';

export interface EndPorts {
  readonly context: ClientContext;
  readonly links: readonly VaultLink[];
}

/** Whose keys a vault may know. */
type Owners = Pick<OwnerKeys, 'ownerSeed' | 'before'>;

/** How one vault stands after it was asked to end something. */
export interface EndedVault {
  readonly name: string;
  readonly identity: Uint8Array;
  /** How many records, or changes, it ended or began to end. */
  readonly ended: number;
  /** Null when it did not answer, for `failure`. */
  readonly status: LedgerStatus | null;
  readonly failure: unknown;
}

/**
 * Removes every record of the owner. Of those that are evaluable, the one whose proof key signs goes
 * at once, others when their delay is over; a removal that is under way stays as it is.
 *
 * @param proof Of the password that was typed, or null.
 */
export async function removePasswords(
  { context, links }: EndPorts,
  owner: OwnerKeys,
  proof: ReplacedPassword | null,
): Promise<readonly EndedVault[]> {
  return await atEach(context, links, owner, async (client, first, seed) => {
    let status = first;
    let ended = 0;
    const evaluable = evaluableIn(first);
    const proofSeed = proof?.proofSeed?.bytes() ?? null;
    // What is pending would become live as soon as nothing else is evaluable: it goes first.
    const waiting = first.records.filter(({ state }) => state === 'staged' || state === 'pending');
    for (const record of [...waiting, ...evaluable]) {
      const { id, hash, dueInMs } = record;
      const isOurs = proof !== null && equalBytes(hash, proof.recordHash);
      if (evaluable.includes(record) && dueInMs > 0 && !isOurs) continue;
      const removed = { recordId: id, seenNumber: status.log.number };
      const answer = await client.remove(removed, seed, isOurs ? proofSeed : null);
      status = answer.status;
      if (answer.outcome === 'done') ended++;
    }
    return { ended, status };
  });
}

/**
 * Cancels the change, or the removal, that a vault has under way.
 *
 * @param proof Of the password that was typed: of the live one, or of the one to be removed.
 */
export async function cancelChanges(
  { context, links }: EndPorts,
  owner: OwnerKeys,
  proof: { readonly proofSeed: Uint8Array },
): Promise<readonly EndedVault[]> {
  return await atEach(context, links, owner, async (client, first) => {
    let status = first;
    let ended = 0;
    const waiting = first.records.filter(({ dueInMs }) => dueInMs > 0);
    for (const { id } of waiting) {
      const cancelled = { recordId: id, seenNumber: status.log.number };
      const answer = await client.ask('cancel', cancelled, { seed: proof.proofSeed });
      status = answer.status;
      if (answer.outcome === 'done') ended++;
    }
    return { ended, status };
  });
}

type AtVault = (
  client: VaultClient,
  status: LedgerStatus,
  /** Of the owner that the vault knows. */
  seed: Uint8Array,
) => Promise<Pick<EndedVault, 'ended' | 'status'>>;

async function atEach(
  context: ClientContext,
  links: readonly VaultLink[],
  owners: Owners,
  work: AtVault,
): Promise<readonly EndedVault[]> {
  return await Promise.all(
    links.map(async (link) => {
      const { name, identity } = link;
      const client = new VaultClient(link, context);
      try {
        const { status, seed } = await askAsKnown(client, owners);
        return { name, identity, ...(await work(client, status, seed)), failure: null };
      } catch (failure) {
        if (failure instanceof HoldfastError && failure.code === 'cancelled') throw failure;
        return { name, identity, ended: 0, status: null, failure };
      }
    }),
  );
}

/** As the newest owner that the vault knows: one that has a password of an owner before may have stayed with them. */
async function askAsKnown(
  client: VaultClient,
  { ownerSeed, before = [] }: Owners,
): Promise<{ readonly status: LedgerStatus; readonly seed: Uint8Array }> {
  let refusal: unknown = null;
  for (const owner of [{ ownerSeed }, ...before.toReversed()]) {
    const seed = owner.ownerSeed.bytes();
    try {
      return { status: (await client.ask('status', {}, { seed })).status, seed };
    } catch (failure) {
      if (!isRefusal({ failure })) throw failure;
      refusal ??= failure;
    }
  }
  throw refusal;
}
