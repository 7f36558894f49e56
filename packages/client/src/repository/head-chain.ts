/**
 * Finding the newest head, and noticing a store that shows another history than before
 * (spec/head.md §2).
 */
import { equalBytes } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { HoldfastError } from '@holdfast/core/errors';
import { parseHead, type SignedHead, verifyHead } from '@holdfast/core/head';
import type { Store } from '../stores/store.ts';
import type { RememberedHead } from './device-state.ts';
import { HEAD_PREFIX, headName } from './object-names.ts';

/** A head whose signature was checked. */
export interface VerifiedHead extends SignedHead {
  /** SHA-256 of the object. */
  readonly hash: Uint8Array;
}

/** Number of the newest head that the store shows; null when it shows none. */
export async function newestHeadNumber(
  store: Store,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  let newest: number | null = null;
  for await (const { name } of store.list(HEAD_PREFIX, { signal })) {
    const number = Number(name.slice(HEAD_PREFIX.length));
    if (name === headName(number) && number > (newest ?? 0)) newest = number;
  }
  return newest;
}

/**
 * Whether an object is missing that a newer state may do without, because a prune has deleted it
 * (spec/prune.md §3).
 *
 * @param number Of the head that was read.
 */
export async function isSuperseded(
  store: Store,
  number: number,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!(error instanceof HoldfastError) || error.code !== 'object-missing') return false;
  const newest = await newestHeadNumber(store, signal);
  return newest !== null && newest > number;
}

/** @throws {HoldfastError} `object-missing`, `damaged`, or `format-too-new`. */
export async function readHeadObject(
  store: Store,
  number: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const object = await store.get(headName(number), { signal });
  if (object !== null) return object;
  throw new HoldfastError('object-missing', `Cannot read head ${number}: it is not in the store`, {
    details: { objectName: headName(number) },
  });
}

export interface HeadChainOptions {
  readonly store: Store;
  readonly crypto: CryptoPort;
  readonly headPublicKey: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The newest head, checked against what this device remembers.
 *
 * @returns null when the signature does not fit: a wrong key, or damage.
 * @throws {HoldfastError} `backup-missing`, `stale`, `damaged`, `object-missing`.
 */
export async function readNewestHead(
  options: HeadChainOptions,
  remembered: RememberedHead | null,
): Promise<VerifiedHead | null> {
  const number = await newestHeadNumber(options.store, options.signal);
  if (number === null) {
    if (remembered !== null) throw stale('the store shows none of the heads that it once had');
    throw new HoldfastError('backup-missing', 'Cannot open a backup: there is none in this store');
  }
  const head = await readHead(options, number);
  if (head === null || remembered === null) return head;
  if (number < remembered.number) {
    throw stale(`the store shows state ${number}, but had state ${remembered.number} before`);
  }
  let expected = remembered.hash;
  for (let i = remembered.number + 1; i <= number; i++) {
    const link = i === number ? head : await readHead(options, i);
    if (link === null || !equalBytes(link.previousHash, expected)) throw forked();
    expected = link.hash;
  }
  if (!equalBytes(expected, head.hash)) throw forked();
  return head;
}

async function readHead(
  { store, crypto, headPublicKey, signal }: HeadChainOptions,
  number: number,
): Promise<VerifiedHead | null> {
  const object = await readHeadObject(store, number, signal);
  const head = parseHead(object);
  if (!(await verifyHead(crypto, headPublicKey, object))) return null;
  const isFirst = head.previousHash.every((byte) => byte === 0);
  if (head.number !== number || isFirst !== (number === 1)) {
    throw new HoldfastError('damaged', `Cannot read head ${number}: another stands in its place`, {
      details: { objectName: headName(number) },
    });
  }
  return { ...head, hash: await crypto.sha256(object) };
}

function forked(): HoldfastError {
  return stale('the store shows another history than it did before');
}

function stale(state: string): HoldfastError {
  return new HoldfastError('stale', `Cannot trust this store: ${state}`);
}
