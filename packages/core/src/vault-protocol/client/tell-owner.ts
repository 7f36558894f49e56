/** Has vaults know a backup, by the owner that it has now (spec/vault-protocol.md §8.4, §12.3, 7). */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import type { Secret } from '../../secret/index.ts';
import type { LedgerStatus, Outcome, RequestBodies } from '../messages/index.ts';
import { askWitness, judged, type Witness, type WitnessPorts } from './ask-witnesses.ts';
import type { OwnerKeys } from './setting.ts';
import { surveyVaults } from './survey.ts';
import { showMissing } from './update-witnesses.ts';
import type { ClientContext, VaultClient } from './vault-client.ts';
import type { HeadShelf, RecordShelf, TokenScope } from './vault-link.ts';

/** A rotation, as the store shows it. */
export interface StoredRotation extends Pick<RequestBodies['rotate'], 'certificate' | 'head'> {
  /** Heads of the owner before, up to the one that the first head of the next follows. */
  readonly heads: HeadShelf;
}

/** Whose backup it was before a rotation. */
export interface EarlierOwner {
  readonly ownerSeed: Secret;
  readonly ownerPublicKey: Uint8Array;
  readonly headPublicKey: Uint8Array;
  /** What puts the next owner in their place; null when the store lacks it. */
  rotation(): Promise<StoredRotation | null>;
}

/** The owner of a backup, with all those before, oldest first. */
export type OwnerLine = Pick<
  OwnerKeys,
  'ownerSeed' | 'ownerPublicKey' | 'headPublicKey' | 'before'
>;

/** What telling a vault takes: it may lack certificates of passwords, too. */
export interface TellPorts {
  readonly context: ClientContext;
  readonly shelf: RecordShelf;
}

/**
 * Whether a vault knows the backup as its owner's. When it stays with an owner before: how it stands then,
 * `elsewhere`, `broken` or `held-up`, with the reason as its failure.
 */
export type Acquaintance = 'known' | 'unknown' | Witness;

/** Others that may come first with a head before a vault is left to the next run. */
const TRIES = 5;

/**
 * Shows a vault the rotations that it lacks: one that does not know the present owner. Before each, as the owner
 * before it, the certificates of passwords and the heads that the vault lacks.
 *
 * @throws {HoldfastError} what the vault's client, or the shelf, throws.
 */
export async function tellOwner(
  ports: TellPorts,
  client: VaultClient,
  { before = [] }: Pick<OwnerLine, 'before'>,
): Promise<Acquaintance> {
  const last = await findLast(client, before);
  if (last === -1) return 'unknown';
  for (const owner of before.slice(last)) {
    const heldUp = await rotateAt(ports, client, owner);
    if (heldUp !== null) return heldUp;
  }
  return 'known';
}

/**
 * The same of a vault that may never have heard of the backup: it begins with the first owner.
 *
 * @param scope Of the token that lets it be made.
 */
export async function enrolOwner(
  ports: TellPorts,
  client: VaultClient,
  owner: OwnerLine,
  scope: TokenScope | null,
): Promise<Outcome> {
  const { before = [] } = owner;
  const isRotated = before.length > 0;
  if (isRotated && (await knows(client, owner.ownerSeed))) return 'done';
  const told = isRotated ? await tellOwner(ports, client, owner) : 'unknown';
  if (told !== 'unknown') return outcomeOf(told);
  const { ownerSeed, ownerPublicKey, headPublicKey } = before[0] ?? owner;
  const authority = { seed: ownerSeed.bytes(), ...(scope !== null && { scope }) };
  const { outcome } = await client.ask('enrol', { ownerPublicKey, headPublicKey }, authority);
  if (outcome !== 'done' || !isRotated) return outcome;
  return outcomeOf(await tellOwner(ports, client, owner));
}

/** @throws {HoldfastError} why the vault stays with an owner before. */
function outcomeOf(told: Acquaintance): Outcome {
  if (typeof told === 'string') return told === 'known' ? 'done' : 'conflict';
  throw told.failure;
}

/** @returns What holds the vault up; null when it follows the next owner. */
async function rotateAt(
  { context, shelf }: TellPorts,
  client: VaultClient,
  owner: EarlierOwner,
): Promise<Witness | 'unknown' | null> {
  const stored = await owner.rotation();
  if (stored === null) return 'unknown';
  const { heads, ...rotation } = stored;
  const authority = { seed: owner.ownerSeed.bytes() };
  const { vaults } = await surveyVaults(context, [client], shelf, authority);
  const lacking = vaults.find(({ failure, undelivered }) => failure ?? undelivered);
  if (lacking !== undefined) throw lacking.failure ?? lacking.undelivered;
  let witness: Witness | null = null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    witness = await broughtUp({ context, owner, shelf: heads }, client);
    const { standing, status } = witness;
    if (standing === 'elsewhere' || standing === 'broken') break;
    const displacedHash = standing === 'displaced' ? (status?.head?.hash ?? null) : null;
    const answer = await client.ask('rotate', { ...rotation, displacedHash }, authority);
    if (answer.outcome === 'done') return null;
    if (isSameHead(status, answer.status)) return heldUp({ ...witness, standing: 'held-up' });
  }
  return witness === null ? null : heldUp(witness);
}

/** Shows a vault the heads of its owner that it lacks. @throws what it answered instead. */
async function broughtUp(ports: WitnessPorts, client: VaultClient): Promise<Witness> {
  let witness = await judged(ports, await askWitness(ports, client));
  for (let attempt = 0; attempt < TRIES && witness.standing === 'behind'; attempt++) {
    const status = await showMissing(ports, witness);
    if (status === null) break;
    witness = await judged(ports, { ...witness, status });
  }
  if (witness.failure !== null) throw witness.failure;
  return witness;
}

function isSameHead(a: LedgerStatus | null, b: LedgerStatus): boolean {
  const [one, other] = [a?.head ?? null, b.head];
  if (one === null || other === null) return one === other;
  return equalBytes(one.hash, other.hash);
}

/** With the reason. */
function heldUp(witness: Witness): Witness {
  const { client, standing, status } = witness;
  const states: Partial<Record<Witness['standing'], string>> = {
    elsewhere: `it holds state ${status?.head?.number} of before the key was changed, which the store does not show`,
    broken: 'it names a state of the backup that it can not show',
    'held-up': 'it has another password, and goes on with the key of before until that is removed',
  };
  const state = states[standing] ?? 'another device shows it states of before the key was changed';
  const code = standing === 'elsewhere' ? 'stale' : 'contention';
  const message = `Cannot use the vault at ${client.link.name}: ${state}`;
  return { ...witness, failure: new HoldfastError(code, message) };
}

/** The place of the owner that the vault knows, the newest first; -1 for none. */
async function findLast(client: VaultClient, before: readonly EarlierOwner[]): Promise<number> {
  for (const [place, { ownerSeed }] of [...before.entries()].toReversed()) {
    if (await knows(client, ownerSeed)) return place;
  }
  return -1;
}

async function knows(client: VaultClient, ownerSeed: Secret): Promise<boolean> {
  try {
    await client.ask('status', {}, { seed: ownerSeed.bytes() });
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not-authorised') return false;
    throw error;
  }
}
