/** Shows vaults the heads that they lack (spec/vault-protocol.md §12.3, 1 and 4). */
import { HEADS_AT_ONCE_MAX } from '../limits.ts';
import type { LedgerStatus } from '../messages/index.ts';
import {
  askWitness,
  judged,
  standingOf,
  type Witness,
  type WitnessPorts,
} from './ask-witnesses.ts';
import type { VaultClient } from './vault-client.ts';

/** Other devices that may come first before a vault is left to them. */
const TRIES = 5;

/**
 * Brings each vault up to the newest head that the store shows, all at the same time; re-bases those
 * that hold a head which was put aside. What can't be reached, or is elsewhere, stays as it is.
 */
export async function updateWitnesses(
  ports: WitnessPorts,
  clients: readonly VaultClient[],
): Promise<readonly Witness[]> {
  return await Promise.all(clients.map((client) => updateWitness(ports, client)));
}

async function updateWitness(ports: WitnessPorts, client: VaultClient): Promise<Witness> {
  let witness = await judged(ports, await askWitness(ports, client));
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const status = await advance(ports, witness);
      if (status === null) return witness;
      witness = await judged(ports, { ...witness, status });
    }
    return witness;
  } catch (failure) {
    return { ...witness, standing: standingOf(failure), failure };
  }
}

/** @returns How the vault stands after it was shown heads; null when there is nothing to show. */
async function advance(ports: WitnessPorts, witness: Witness): Promise<LedgerStatus | null> {
  const { owner, shelf } = ports;
  const { client, standing, status } = witness;
  if (standing !== 'displaced' || !status?.head) return await showMissing(ports, witness);
  const newest = await shelf.getHead(shelf.newest.number);
  const body = { displacedHash: status.head.hash, head: newest };
  return (await client.ask('rebase', body, { seed: owner.ownerSeed.bytes() })).status;
}

/** Shows a vault that is behind the links to the newest head. @returns As it stands then; null when nothing is missing. */
export async function showMissing(
  { owner, shelf }: WitnessPorts,
  { client, standing, status }: Witness,
): Promise<LedgerStatus | null> {
  if (standing !== 'empty' && standing !== 'behind') return null;
  if (status === null) return null;
  const { head } = status;
  // A vault that came later begins with the newest.
  const missing = head === null ? [shelf.newest.number] : await shelf.linksAfter(head);
  let after: LedgerStatus | null = null;
  for (let from = 0; from < (missing?.length ?? 0); from += HEADS_AT_ONCE_MAX) {
    const numbers = missing?.slice(from, from + HEADS_AT_ONCE_MAX) ?? [];
    const heads = await Promise.all(numbers.map((number) => shelf.getHead(number)));
    const answer = await client.ask('witness', { heads }, { seed: owner.ownerSeed.bytes() });
    after = answer.status;
    if (answer.outcome !== 'done') return after;
  }
  return after;
}
