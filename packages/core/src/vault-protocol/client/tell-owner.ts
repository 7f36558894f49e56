/** Has vaults know a backup, by the owner that it has now (spec/vault-protocol.md §8.4, §12.3, 7). */
import { HoldfastError } from '../../errors/index.ts';
import type { Secret } from '../../secret/index.ts';
import type { Outcome, RequestBodies } from '../messages/index.ts';
import type { OwnerKeys } from './setting.ts';
import type { VaultClient } from './vault-client.ts';
import type { TokenScope } from './vault-link.ts';

/** Whose backup it was before a rotation. */
export interface EarlierOwner {
  readonly ownerSeed: Secret;
  readonly ownerPublicKey: Uint8Array;
  readonly headPublicKey: Uint8Array;
  /** What puts the next owner in their place; null when the store lacks it. */
  rotation(): Promise<RequestBodies['rotate'] | null>;
}

/** The owner of a backup, with all those before, oldest first. */
export type OwnerLine = Pick<
  OwnerKeys,
  'ownerSeed' | 'ownerPublicKey' | 'headPublicKey' | 'before'
>;

/** Whether a vault knows the backup as its owner's: `held-up` when a password of one before is in the way. */
export type Acquaintance = 'known' | 'unknown' | 'held-up';

/**
 * Shows a vault the rotations that it lacks. Costs nothing where there are none.
 *
 * @throws {HoldfastError} what the vault's client throws.
 */
export async function tellOwner(
  client: VaultClient,
  { ownerSeed, before = [] }: Pick<OwnerLine, 'ownerSeed' | 'before'>,
): Promise<Acquaintance> {
  if (await knows(client, ownerSeed)) return 'known';
  const last = await findLast(client, before);
  if (last === -1) return 'unknown';
  for (const owner of before.slice(last)) {
    const rotation = await owner.rotation();
    if (rotation === null) return 'unknown';
    const authority = { seed: owner.ownerSeed.bytes() };
    const { outcome } = await client.ask('rotate', rotation, authority);
    if (outcome !== 'done') return 'held-up';
  }
  return 'known';
}

/**
 * The same of a vault that may never have heard of the backup: it begins with the first owner.
 *
 * @param scope Of the token that lets it be made.
 */
export async function enrolOwner(
  client: VaultClient,
  owner: OwnerLine,
  scope: TokenScope | null,
): Promise<Outcome> {
  const { before = [] } = owner;
  const isRotated = before.length > 0;
  const told = isRotated ? await tellOwner(client, owner) : 'unknown';
  if (told !== 'unknown') return told === 'known' ? 'done' : 'conflict';
  const { ownerSeed, ownerPublicKey, headPublicKey } = before[0] ?? owner;
  const authority = { seed: ownerSeed.bytes(), ...(scope !== null && { scope }) };
  const { outcome } = await client.ask('enrol', { ownerPublicKey, headPublicKey }, authority);
  if (outcome !== 'done' || !isRotated) return outcome;
  return (await tellOwner(client, owner)) === 'known' ? 'done' : 'conflict';
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
