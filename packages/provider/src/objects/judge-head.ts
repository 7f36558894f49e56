/** Whether a head goes on where its account's chain ends (spec/provider-api.md §5.3). */
import { createHash } from 'node:crypto';
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { parseHead, verifyHead } from '@holdfast/core/head';
import type { Account, Advance, MetadataStore, StoredObject } from '../metadata/index.ts';

const PREFIX = 'heads/';

/** @param number From 1. */
export function headName(number: number): string {
  return `${PREFIX}${String(number).padStart(12, '0')}`;
}

/**
 * @param number In the name that it is put under, and free.
 * @returns What changes of the account.
 * @throws {HoldfastError} `damaged`, `format-too-new`.
 */
export async function judgeHead(
  metadata: MetadataStore,
  account: Account,
  number: number,
  object: Uint8Array,
): Promise<Advance> {
  const head = parseHead(object);
  if (head.number !== number || !equalBytes(head.backupId, account.backupId)) {
    throw refuse('it is of another place');
  }
  if (number !== account.greatestHead + 1) throw refuse('it leaves a gap');
  const newest = await findNewestHead(metadata, account);
  const before = newest?.hash ?? new Uint8Array(32);
  const isFirst = number === 1;
  if (isFirst !== head.previousHash.every((byte) => byte === 0)) throw refuse(NOT_NEXT);
  if (!equalBytes(head.previousHash, before)) throw refuse(NOT_NEXT);
  const isNext = head.generation === account.generation + 1;
  if (!isNext) {
    if (head.generation !== account.generation) throw refuse('it is of another generation');
    if (!(await verifyHead(nodeCrypto, account.headKey, object))) {
      throw refuse('its signature does not fit');
    }
  }
  return { kind: 'head', expectedRevision: account.revision, number, isSigned: !isNext };
}

const NOT_NEXT = 'it does not follow the newest';

/** The one with the greatest number that was signed, and is still as it was. */
export async function findNewestHead(
  metadata: MetadataStore,
  { accountId, greatestHead }: Account,
): Promise<StoredObject | null> {
  let below = headName(greatestHead + 1);
  for (;;) {
    const found = await metadata.findSignedBelow(accountId, PREFIX, below);
    if (found === null) return null;
    const bytes = await metadata.readInline(accountId, found.name);
    if (bytes !== null && createHash('sha256').update(bytes).digest().equals(found.hash)) {
      return found;
    }
    below = found.name;
  }
}

function refuse(state: string): HoldfastError {
  return new HoldfastError('damaged', `Cannot take a head: ${state}`);
}
