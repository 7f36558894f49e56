/** Whether vaults hold a newer head than a store shows (spec/vault-protocol.md §12.3). Spends nothing. */
import { equalBytes } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { HEAD_BYTES, parseHead, verifyHead } from '../../head/index.ts';
import type { LedgerStatus, LogEnd, WitnessedHead } from '../messages/index.ts';
import { readLog } from './read-log.ts';
import type { OwnerKeys } from './setting.ts';
import type { ClientContext, VaultClient } from './vault-client.ts';
import type { HeadShelf } from './vault-link.ts';

/** How a vault's newest head stands to that of the store. */
export type Standing =
  /** It is the same. */
  | 'newest'
  /** The store's follows it. */
  | 'behind'
  /** The vault has none yet. */
  | 'empty'
  /** The store's newest says that it was put aside. */
  | 'displaced'
  /** The vault shows one which the owner signed, and which the store's does not follow. */
  | 'elsewhere'
  /** The vault names one that it can't show, or answers with what it did not sign. */
  | 'broken'
  /** It goes on with an owner before, for a password that no rotation carried over. */
  | 'held-up'
  /** The vault says, unsigned, that it knows nothing of this backup. */
  | 'unknown'
  /** No answer came. */
  | 'silent';

export interface Witness {
  readonly client: VaultClient;
  readonly standing: Standing;
  /** Null when it gave none, for `failure`. */
  readonly status: LedgerStatus | null;
  readonly failure: unknown;
}

export interface AskedWitness extends Witness {
  /** End of its log; null when it gave none. */
  readonly log: LogEnd | null;
  /** Whether its log goes on from what was seen of it: not of a vault that knows nothing of the backup any more. */
  readonly isLogGood: boolean;
}

/** How often a vault is asked to show a head that is another one by then. */
const SHOWN_TRIES = 3;

export type WitnessOwner = Pick<OwnerKeys, 'ownerSeed' | 'headPublicKey'>;

/** What asking witnesses takes. */
export interface WitnessPorts {
  readonly context: ClientContext;
  readonly owner: WitnessOwner;
  readonly shelf: HeadShelf;
}

/**
 * Asks all vaults, at the same time.
 *
 * @param seenLog What was seen last of a vault's log; null for none.
 */
export async function askWitnesses(
  ports: WitnessPorts,
  clients: readonly VaultClient[],
  seenLog: (identity: Uint8Array) => LogEnd | null,
): Promise<readonly AskedWitness[]> {
  const { context, owner, shelf } = ports;
  const seed = owner.ownerSeed.bytes();
  const asked = await Promise.all(clients.map((client) => askWitness(ports, client)));
  let witnesses = await Promise.all(asked.map((one) => judged(ports, one)));
  if (witnesses.some(({ standing }) => standing === 'elsewhere')) {
    // Another device may have written since the store was read.
    await shelf.refresh();
    witnesses = await Promise.all(witnesses.map((one) => judged(ports, one)));
  }
  return await Promise.all(
    witnesses.map(async (witness) => {
      return { ...witness, ...(await logOf(context, witness, seed, seenLog)) };
    }),
  );
}

/** How it stands is not judged yet. */
export async function askWitness(
  { owner }: Pick<WitnessPorts, 'owner'>,
  client: VaultClient,
): Promise<Witness> {
  try {
    const { status } = await client.ask('status', {}, { seed: owner.ownerSeed.bytes() });
    return { client, standing: 'empty', status, failure: null };
  } catch (failure) {
    return { client, standing: standingOf(failure), status: null, failure };
  }
}

/** @throws what was not the vault's doing. */
export function standingOf(failure: unknown): Standing {
  if (!(failure instanceof HoldfastError) || failure.code === 'cancelled') throw failure;
  if (failure.code === 'not-authorised') return 'unknown';
  return failure.code === 'vault-untrusted' ? 'broken' : 'silent';
}

/** A witness whose head is compared with the store's. */
export async function judged(ports: WitnessPorts, witness: Witness): Promise<Witness> {
  const { shelf } = ports;
  if (witness.status === null) return witness;
  const standing = standingAtOnce(shelf, witness.status.head);
  if (standing !== null) return { ...witness, standing };
  // A vault could name any head; following the hashes from one may take long.
  const shown = await shownBy(ports, witness);
  const head = shown.status?.head;
  if (shown.standing !== 'elsewhere' || !head) return shown;
  return (await shelf.linksAfter(head)) === null ? shown : { ...shown, standing: 'behind' };
}

/** Null when that takes to follow the chain. */
function standingAtOnce(shelf: HeadShelf, head: WitnessedHead | null): Standing | null {
  if (head === null) return 'empty';
  const isSame = ({ number, hash }: WitnessedHead): boolean =>
    number === head.number && equalBytes(hash, head.hash);
  if (isSame(shelf.newest)) return 'newest';
  return shelf.displaced.some(isSame) ? 'displaced' : null;
}

/** Has a vault show the head that it names: `elsewhere` when it does, until the chain says otherwise. */
async function shownBy(ports: WitnessPorts, witness: Witness): Promise<Witness> {
  const { context, owner, shelf } = ports;
  const { client } = witness;
  try {
    for (let attempt = 0; attempt < SHOWN_TRIES; attempt++) {
      const answer = await client.ask('head', {}, { seed: owner.ownerSeed.bytes() });
      const { outcome, status, rest } = answer;
      // Another device may have shown it the next head meanwhile.
      if (outcome !== 'done') continue;
      const standing = standingAtOnce(shelf, status.head);
      if (standing !== null) return { ...witness, status, standing };
      const object = rest.subarray(1, 1 + HEAD_BYTES);
      const isShown = status.head !== null && (await isHead(context, owner, object, status.head));
      return { ...witness, status, standing: isShown ? 'elsewhere' : 'broken' };
    }
    return { ...witness, standing: 'broken' };
  } catch (failure) {
    return { ...witness, standing: standingOf(failure), failure };
  }
}

/** Whether bytes are the head of this backup that a vault names. */
async function isHead(
  { crypto, backupId }: { readonly crypto: CryptoPort; readonly backupId: Uint8Array },
  { headPublicKey }: WitnessOwner,
  object: Uint8Array,
  { number, hash }: WitnessedHead,
): Promise<boolean> {
  try {
    const head = parseHead(object);
    return (
      head.number === number &&
      equalBytes(head.backupId, backupId) &&
      equalBytes(await crypto.sha256(object), hash) &&
      (await verifyHead(crypto, headPublicKey, object))
    );
  } catch (error) {
    if (error instanceof HoldfastError) return false;
    throw error;
  }
}

async function logOf(
  context: ClientContext,
  { client, standing, status }: Witness,
  seed: Uint8Array,
  seenLog: (identity: Uint8Array) => LogEnd | null,
): Promise<Pick<AskedWitness, 'log' | 'isLogGood'>> {
  const seen = seenLog(client.link.identity);
  if (status === null) return { log: null, isLogGood: standing !== 'unknown' || seen === null };
  const { log } = status;
  const isSame = seen !== null && seen.number === log.number && equalBytes(seen.hash, log.hash);
  if (seen === null || isSame) return { log, isLogGood: true };
  try {
    const read = await readLog(context, client, seed, { from: seen });
    return { log: read.status.log, isLogGood: read.isWhole };
  } catch (failure) {
    standingOf(failure);
    return { log: null, isLogGood: true };
  }
}
