/** From the root key that a password brings back to the one that is in force (spec/rotation.md §3.7). */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { isRotationProvedBy, openBridge, type SignedRotation } from '../../rotation/index.ts';
import type { Secret } from '../../secret/index.ts';
import type { KnownRecord } from './find-records.ts';
import type { OwnerKeys } from './setting.ts';
import type { ClientContext } from './vault-client.ts';

export interface BridgePorts {
  readonly context: ClientContext;
  /** As the store shows them; none when missing. */
  readonly rotations?: readonly SignedRotation[];
  /** The keys that a root key gives. */
  deriveOwner(rootKey: Secret): Promise<OwnerKeys>;
}

/**
 * The newest owner that bridges of the record's password lead to from its own: that one where none does.
 * Certificates that the proof key did not sign are anybody's who has the key before, and lead nowhere here.
 *
 * @param owner The record's; the secrets of those that are left behind are wiped.
 * @param secret The shared secret of the record.
 * @throws {HoldfastError} `damaged` when a bridge that the proof key signed does not open to the next owner.
 */
export async function followBridges(
  { context: { crypto }, rotations = [], deriveOwner }: BridgePorts,
  { hash, body }: Pick<KnownRecord, 'hash' | 'body'>,
  owner: OwnerKeys,
  secret: Secret,
): Promise<OwnerKeys> {
  let newest = owner;
  const ordered = rotations.toSorted((a, b) => a.generation - b.generation);
  for (const { bridge, ...rotation } of ordered) {
    const isNext =
      bridge !== null &&
      equalBytes(bridge.recordHash, hash) &&
      equalBytes(rotation.backupId, newest.backupId) &&
      equalBytes(rotation.ownerBefore, newest.ownerPublicKey) &&
      (await isRotationProvedBy(crypto, rotation.object, body.proofPublicKey));
    if (!isNext) continue;
    const rootKey = await openBridge(crypto, { ...rotation, bridge }, secret);
    const next = rootKey === null ? null : await deriveOwner(rootKey);
    wipe(newest);
    if (next === null || !equalBytes(next.ownerPublicKey, rotation.ownerAfter)) {
      if (next !== null) wipe(next);
      const message =
        'Cannot recover the backup: the certificate of a change of its key holds another key than it names';
      throw new HoldfastError('damaged', message);
    }
    newest = next;
  }
  return newest;
}

/** Whether a certificate puts another owner in the place of this one. */
export function isLedOn(
  { rotations = [] }: Pick<BridgePorts, 'rotations'>,
  ownerPublicKey: Uint8Array,
): boolean {
  return rotations.some(({ ownerBefore }) => equalBytes(ownerBefore, ownerPublicKey));
}

function wipe({ rootKey, ownerSeed }: OwnerKeys): void {
  for (const secret of [rootKey, ownerSeed]) secret.wipe();
}
