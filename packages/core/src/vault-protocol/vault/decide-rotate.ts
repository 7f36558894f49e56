/** A rotation that a vault is shown, with the first head of the new generation (spec/vault-protocol.md §8.4). */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { isRotationProvedBy, parseRotation, type Rotation } from '../../rotation/index.ts';
import type { RequestBodies } from '../messages/index.ts';
import { type Asked, assertOwner } from './authorise.ts';
import { type Decision, decided, type VaultContext } from './decision.ts';
import type { Ledger, VaultRecord } from './ledger.ts';
import { readChain } from './read-chain.ts';
import { liveOf } from './record-states.ts';
import { rotateOwner } from './rotating.ts';
import { refuse } from './ruling.ts';

/** @throws {HoldfastError} `damaged` or `format-too-new` of what is no rotation of this ledger. */
export async function decideRotate(
  context: VaultContext,
  ledger: Ledger,
  { certificate, head: object, displacedHash }: RequestBodies['rotate'],
  asked: Asked,
): Promise<Decision> {
  const { crypto } = context;
  await assertOwner(context, ledger.ownerPublicKey, asked);
  const rotation = await parseRotation(crypto, certificate);
  const { backupId, generation, ownerBefore, headKeyAfter, firstHead } = rotation;
  const isNext =
    equalBytes(backupId, ledger.backupId) &&
    equalBytes(ownerBefore, ledger.ownerPublicKey) &&
    generation === ledger.generation + 1;
  if (!isNext) throw damaged('it is not of the next generation of this backup');
  const next = { backupId, generation, headPublicKey: headKeyAfter };
  const [head] = await readChain(crypto, next, [object]);
  const isFirst = head?.number === firstHead.number && equalBytes(head.hash, firstHead.hash);
  if (head === undefined || !isFirst) throw damaged('another head came with it');
  const carried = await findCarried(context, ledger, rotation, certificate);
  if (carried === 'not-proved') return decided(refuse(ledger, carried));
  const { previousHash } = head;
  const ruling = rotateOwner(ledger, { ...rotation, previousHash, displacedHash, carried });
  if (ruling.outcome !== 'done') return decided(ruling);
  return decided(ruling, { keeps: { hash: firstHead.hash, bytes: object } });
}

/** The live record, if the certificate names it; null when it names another, or none. */
async function findCarried(
  { crypto }: VaultContext,
  ledger: Ledger,
  { bridge }: Rotation,
  certificate: Uint8Array,
): Promise<VaultRecord | 'not-proved' | null> {
  const live = liveOf(ledger);
  if (live === undefined || bridge === null || !equalBytes(bridge.recordHash, live.hash)) {
    return null;
  }
  const isProved = await isRotationProvedBy(crypto, certificate, live.proofPublicKey);
  return isProved ? live : 'not-proved';
}

function damaged(state: string): HoldfastError {
  return new HoldfastError('damaged', `Cannot take a rotation: ${state}`);
}
