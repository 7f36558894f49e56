/** Whether a rotation, or the refusal of one, is what it has to be (spec/provider-api.md §5.4). */
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { parseHead, verifyHead } from '@holdfast/core/head';
import { parseRotation, ROTATION_BYTES } from '@holdfast/core/rotation';
import { objectMagic } from '@holdfast/core/wire';
import type { Account, Advance, MetadataStore } from '../metadata/index.ts';
import { findNewestHead, headName } from './judge-head.ts';

const REFUSAL = new Uint8Array(ROTATION_BYTES);
REFUSAL.set(objectMagic('VOID'));

/**
 * @param number In the name that it is put under, and free.
 * @returns What changes of the account; null for a refusal, which changes nothing.
 * @throws {HoldfastError} `damaged`, `format-too-new`.
 */
export async function judgeRotation(
  metadata: MetadataStore,
  account: Account,
  number: number,
  object: Uint8Array,
): Promise<Advance | null> {
  if (number > account.greatestHead) throw refuse('there is no such head');
  if (equalBytes(object, REFUSAL)) return null;
  const rotation = await parseRotation(nodeCrypto, object);
  const { backupId, generation, ownerBefore, firstHead } = rotation;
  const isNext =
    equalBytes(backupId, account.backupId) &&
    equalBytes(ownerBefore, account.ownerKey) &&
    generation === account.generation + 1 &&
    firstHead.number === number;
  if (!isNext) throw refuse('it is of another backup, place or time');
  const name = headName(number);
  const [stored, bytes] = await Promise.all([
    metadata.findObject(account.accountId, name),
    metadata.readInline(account.accountId, name),
  ]);
  const isNamed = stored !== null && bytes !== null && equalBytes(stored.hash, firstHead.hash);
  if (!isNamed || parseHead(bytes).generation !== generation) {
    throw refuse('its first head is not there');
  }
  if (!(await verifyHead(nodeCrypto, rotation.headKeyAfter, bytes))) {
    throw refuse('its first head is signed by another key');
  }
  const newest = await findNewestHead(metadata, account);
  if (newest !== null && newest.name > name) throw refuse('its first head was passed over');
  return {
    kind: 'rotation',
    expectedRevision: account.revision,
    ownerKey: rotation.ownerAfter,
    headKey: rotation.headKeyAfter,
    headName: name,
    // A password that is carried over goes on with its sheet.
    keepsSubjects: rotation.bridge !== null,
  };
}

function refuse(state: string): HoldfastError {
  return new HoldfastError('damaged', `Cannot take a certificate of a rotation: ${state}`);
}
