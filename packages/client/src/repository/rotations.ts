/**
 * Rotations of the root key, as the certificates in a store tell them (spec/rotation.md §3.3): which key is
 * in force, and which one is not any more. What is no certificate refuses a rotation of that number.
 */

import { equalBytes } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { HoldfastError } from '@holdfast/core/errors';
import {
  parseRotation,
  ROTATION_BYTES,
  type Rotation,
  type SignedRotation,
} from '@holdfast/core/rotation';
import { objectMagic } from '@holdfast/core/wire';
import { asDamage } from '../damage.ts';
import type { Store } from '../stores/store.ts';
import type { BackupKeys } from './backup-keys.ts';
import { getStart } from './get-start.ts';
import { ROTATION_PREFIX, rotationName, rotationNumberOf } from './object-names.ts';

/** What a writer puts where a certificate could come later: as long as one. */
const REFUSAL = new Uint8Array(ROTATION_BYTES);
REFUSAL.set(objectMagic('VOID'));

interface Place {
  readonly store: Store;
  readonly crypto: CryptoPort;
}

/** All sound certificates of rotations, in the order of their first heads. */
export async function readRotations(
  place: Place,
  signal: AbortSignal | undefined,
): Promise<readonly SignedRotation[]> {
  const numbers: number[] = [];
  for await (const { name } of place.store.list(ROTATION_PREFIX, { signal })) {
    const number = rotationNumberOf(name);
    if (number !== null) numbers.push(number);
  }
  const rotations: SignedRotation[] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    rotations.push(...(await readRotation(place, number, signal)));
  }
  return rotations;
}

/** None where something else refuses a rotation of this number, whatever it is. */
async function readRotation(
  { store, crypto }: Place,
  number: number,
  signal: AbortSignal | undefined,
): Promise<readonly SignedRotation[]> {
  try {
    const object = await getStart(store, rotationName(number), ROTATION_BYTES, signal);
    if (object === null) return [];
    const rotation = await parseRotation(crypto, object);
    return rotation.firstHead.number === number ? [{ ...rotation, object }] : [];
  } catch (error) {
    asDamage(error);
    return [];
  }
}

/**
 * The same keys, with the backup and the generation that the certificates give them. Without one, a key
 * is the first of its backup.
 */
export function inForce(keys: BackupKeys, rotations: readonly Rotation[]): BackupKeys {
  const own = rotations.find(
    ({ ownerAfter, headKeyAfter }) =>
      equalBytes(ownerAfter, keys.ownerPublicKey) && equalBytes(headKeyAfter, keys.headPublicKey),
  );
  if (own === undefined) return keys;
  const { backupId, generation, firstHead } = own;
  return { ...keys, backupId, generation, firstHead };
}

/** @throws {HoldfastError} `key-rotated` when another root key came after this one. */
export function assertNotRotated(keys: BackupKeys, rotations: readonly Rotation[]): void {
  const next = rotations.find(({ ownerBefore }) => equalBytes(ownerBefore, keys.ownerPublicKey));
  if (next === undefined) return;
  throw new HoldfastError(
    'key-rotated',
    'Cannot open the backup: its key was changed, and this is the one before',
    { details: { objectName: rotationName(next.firstHead.number) } },
  );
}

/**
 * Sees to it that what stands in the place of a head, and is passed over, never becomes the first head of
 * the next root key.
 *
 * @throws {HoldfastError} `key-rotated` when it has.
 */
export async function refuseRotation(
  place: Place & { readonly keys: BackupKeys },
  number: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if ((await place.store.put(rotationName(number), REFUSAL, { signal })) === 'stored') return;
  // What was put a moment ago may not be listed yet.
  const own = await readRotation(place, number, signal);
  assertNotRotated(place.keys, [...own, ...(await readRotations(place, signal))]);
}
