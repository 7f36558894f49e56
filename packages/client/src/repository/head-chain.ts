/**
 * Finding the newest head among what the store shows in the places of heads, and noticing a store
 * that shows another history than before (spec/head.md §2).
 */
import { equalBytes, toHex } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { type ErrorDetails, HoldfastError } from '@holdfast/core/errors';
import { HEAD_BYTES, parseHead, type SignedHead, verifyHead } from '@holdfast/core/head';
import { asDamage } from '../damage.ts';
import type { Store } from '../stores/store.ts';
import type { RememberedHead } from './device-state.ts';
import { getStart } from './get-start.ts';
import { HEAD_PREFIX, headName, headNumberOf } from './object-names.ts';
import { assertNoRemains } from './remains.ts';

/** Objects looked at that don't verify, before a key that also fails the oldest head is given up. */
const GUESSES = 16;

/** A head whose signature was checked. */
export interface VerifiedHead extends SignedHead {
  /** SHA-256 of the object. */
  readonly hash: Uint8Array;
}

/** An object in a head's place that is no head of this backup, or was one and is damaged. */
export interface UnverifiedHead {
  readonly number: number;
  readonly error: HoldfastError;
}

export interface NewestHead {
  /** null when nothing verifies: a wrong key, or damage. */
  readonly head: VerifiedHead | null;
  /** What has a greater number, newest first. */
  readonly unverified: readonly UnverifiedHead[];
  /** First number after the head's whose place is free. */
  readonly nextNumber: number;
}

export interface HeadChainOptions {
  readonly store: Store;
  readonly crypto: CryptoPort;
  readonly headPublicKey: Uint8Array;
  /** 32 bytes. */
  readonly backupId: Uint8Array;
  /** Of the root key. */
  readonly generation: number;
  /** With which the generation began; null for the first, which begins with number 1. */
  readonly firstHead: RememberedHead | null;
  readonly signal?: AbortSignal | undefined;
}

/** Numbers of the heads that the store shows, rising. */
export async function listHeadNumbers(
  store: Store,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { name } of store.list(HEAD_PREFIX, { signal })) {
    const number = headNumberOf(name);
    if (number !== null) numbers.push(number);
  }
  return numbers.sort((a, b) => a - b);
}

/** @throws {HoldfastError} `object-missing`, or what the store throws. */
export async function readHeadObject(
  store: Store,
  number: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const object = await getStart(store, headName(number), HEAD_BYTES, signal);
  if (object !== null) return object;
  throw new HoldfastError('object-missing', `Cannot read head ${number}: it is not in the store`, {
    details: { objectName: headName(number) },
  });
}

/**
 * The newest head that verifies. When this device remembers one, it is that or descends from it.
 *
 * @throws {HoldfastError} `backup-missing`; `stale`; `damaged` or `object-missing` when the head
 *   remembered, or one on the way from it, is, or all heads are gone; `format-too-new`.
 */
export async function findNewestHead(
  options: HeadChainOptions,
  remembered: RememberedHead | null,
): Promise<NewestHead> {
  const numbers = await listHeadNumbers(options.store, options.signal);
  if (numbers.length === 0) {
    if (remembered !== null) {
      const details = { objectName: HEAD_PREFIX };
      throw stale('the store shows none of the heads that it once had', details);
    }
    await assertNoRemains(options.store, 'open a backup', options.signal);
    throw new HoldfastError('backup-missing', 'Cannot open a backup: there is none in this store');
  }
  const found = await searchDown(options, numbers, remembered?.number ?? 1);
  const tooNew = found.unverified.find(
    ({ number, error }) =>
      error.code === 'format-too-new' && (found.head === null || number < found.nextNumber),
  );
  if (tooNew !== undefined) throw tooNew.error;
  if (remembered === null) return found;
  if (found.head === null) {
    const older = await searchDown(options, numbers, 1);
    // Not one: rather another backup, or another key.
    if (older.head === null) return older;
    throw notThere(older.head.number, found.unverified, remembered);
  }
  await assertDescends(options, found.head, remembered, numbers);
  return found;
}

/** As `findNewestHead`, but takes whatever verifies, remembered or not. */
export async function findAnyHead(options: HeadChainOptions): Promise<NewestHead> {
  return await searchDown(options, await listHeadNumbers(options.store, options.signal), 1);
}

/**
 * Whether an object is missing that a newer state may do without, because a prune has deleted it
 * (spec/prune.md §3).
 *
 * @param number Of the head that was read.
 */
export async function isSuperseded(
  options: HeadChainOptions,
  number: number,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof HoldfastError) || error.code !== 'object-missing') return false;
  return ((await findAnyHead(options)).head?.number ?? 0) > number;
}

/**
 * A head that verifies by itself.
 *
 * @throws {HoldfastError} `damaged`, `format-too-new`, `object-missing`, or what the store throws.
 */
async function readHead(
  { store, crypto, headPublicKey, backupId, generation, firstHead, signal }: HeadChainOptions,
  number: number,
): Promise<VerifiedHead> {
  const details = { objectName: headName(number) };
  const object = await readHeadObject(store, number, signal);
  const refuse = (state: string): HoldfastError =>
    new HoldfastError('damaged', `Cannot read head ${number}: ${state}`, { details });
  let head: SignedHead;
  try {
    head = parseHead(object);
  } catch (cause) {
    const { code, message } = asDamage(cause);
    throw new HoldfastError(code, message, { cause, details });
  }
  if (!(await verifyHead(crypto, headPublicKey, object))) {
    throw refuse('the key of this backup has not signed it');
  }
  const isFirst = head.previousHash.every((byte) => byte === 0);
  const isInPlace = head.number === number && isFirst === (number === 1);
  if (!isInPlace || head.generation !== generation || !equalBytes(head.backupId, backupId)) {
    throw refuse('another stands in its place');
  }
  const hash = await crypto.sha256(object);
  const isBefore = number < (firstHead?.number ?? 1);
  if (isBefore || (number === firstHead?.number && !equalBytes(hash, firstHead.hash))) {
    throw refuse('its key was not in force yet');
  }
  return { ...head, hash };
}

async function searchDown(
  options: HeadChainOptions,
  numbers: readonly number[],
  lowest: number,
): Promise<NewestHead> {
  const unverified: UnverifiedHead[] = [];
  const first = options.firstHead?.number ?? (numbers[0] as number);
  let most = Number.POSITIVE_INFINITY;
  for (const number of numbers.toReversed()) {
    if (number < Math.max(lowest, first) || unverified.length >= most) break;
    const seen = await tryHead(options, number);
    if ('hash' in seen) return { head: seen, unverified, nextNumber: nextFree(numbers, number) };
    unverified.push(seen);
    if (unverified.length > 1 || lowest > 1) continue;
    // Nobody removes heads: with the right key the first one verifies, whatever came later.
    if (!('hash' in (await tryHead(options, first)))) most = GUESSES;
  }
  return { head: null, unverified, nextNumber: nextFree(numbers, numbers.at(-1) ?? 0) };
}

/** As `readHead`, with damage as an answer. */
export async function tryHead(
  options: HeadChainOptions,
  number: number,
): Promise<VerifiedHead | UnverifiedHead> {
  try {
    return await readHead(options, number);
  } catch (error) {
    return { number, error: asDamage(error) };
  }
}

/** The same of a link of the chain: below the first head of the generation, its hash says what it is. */
async function tryLink(
  options: HeadChainOptions,
  number: number,
): Promise<VerifiedHead | UnverifiedHead> {
  if (number >= (options.firstHead?.number ?? 1)) return await tryHead(options, number);
  try {
    const object = await readHeadObject(options.store, number, options.signal);
    return { ...parseHead(object), hash: await options.crypto.sha256(object) };
  } catch (error) {
    return { number, error: asDamage(error) };
  }
}

/** The first number after another whose place is free. */
export function nextFree(numbers: readonly number[], number: number): number {
  const taken = new Set(numbers);
  let next = number + 1;
  while (taken.has(next)) next++;
  return next;
}

/**
 * A head and those before it, newest first: of its generation what verifies; of earlier ones the chain that
 * hashes lead along from the first of its generation.
 */
export async function* headsDownFrom(
  options: HeadChainOptions,
  newest: VerifiedHead,
  lowest: number,
): AsyncGenerator<VerifiedHead> {
  const first = options.firstHead?.number ?? 1;
  let link: Uint8Array | null = null;
  for (let { number } = newest; number >= lowest; number--) {
    const seen = number === newest.number ? newest : await tryLink(options, number);
    if (!('hash' in seen)) continue;
    if (number < first && (link === null || !equalBytes(seen.hash, link))) continue;
    if (number <= first) link = seen.previousHash;
    yield seen;
  }
}

async function assertDescends(
  options: HeadChainOptions,
  head: VerifiedHead,
  remembered: RememberedHead,
  listed: readonly number[],
): Promise<void> {
  const { numbers, gap } = await followLinks(options, head, remembered, listed);
  if (numbers !== null) return;
  throw gap === null ? forked() : ofRemembered(gap, gap.message);
}

/** What lies between an earlier head and a later one. */
export interface Links {
  /** Numbers of the heads after the earlier one up to the later one, rising; null when no hashes lead from it. */
  readonly numbers: readonly number[] | null;
  /** A head on the way that is lost or damaged, if so. */
  readonly gap: HoldfastError | null;
}

/**
 * Follows the hashes from a head down to an earlier one; numbers are only where to look.
 *
 * @param listed What the store shows, rising.
 */
export async function followLinks(
  options: HeadChainOptions,
  head: VerifiedHead,
  { number: lowest, hash }: RememberedHead,
  listed: readonly number[],
): Promise<Links> {
  if (head.number <= lowest) {
    const isSame = head.number === lowest && equalBytes(head.hash, hash);
    return { numbers: isSame ? [] : null, gap: null };
  }
  const target = toHex(hash);
  const between = listed.filter((one) => one > lowest && one < head.number);
  const numbers = [head.number];
  let link = toHex(head.previousHash);
  let gap: HoldfastError | null = null;
  let expected = head.number - 1;
  for (const number of between.reverse()) {
    if (link === target) break;
    if (number < expected) gap ??= missing(expected);
    expected = number - 1;
    const seen = await tryLink(options, number);
    if (!('hash' in seen)) gap ??= seen.error;
    // Others were passed over by who wrote the next one.
    else if (toHex(seen.hash) === link) {
      link = toHex(seen.previousHash);
      numbers.push(number);
    }
  }
  if (link === target) return { numbers: numbers.reverse(), gap: null };
  if (expected > lowest) gap ??= missing(expected);
  return { numbers: null, gap };
}

function missing(number: number): HoldfastError {
  return new HoldfastError('object-missing', `Cannot read head ${number}: it is not in the store`, {
    details: { objectName: headName(number) },
  });
}

/** What to say when nothing from the remembered head on verifies. @param older One that does. */
function notThere(
  older: number,
  unverified: readonly UnverifiedHead[],
  remembered: RememberedHead,
): HoldfastError {
  const own = unverified.find(({ number }) => number === remembered.number);
  if (own !== undefined && own.error.code !== 'object-missing') {
    const message = `Cannot open the backup: head ${own.number}, the newest that this device has seen, is damaged`;
    return ofRemembered(own.error, message);
  }
  return stale(`the store shows state ${older}, but had state ${remembered.number} before`);
}

function ofRemembered(cause: HoldfastError, message: string): HoldfastError {
  const details = { ...cause.details, isRemembered: true } as const;
  return new HoldfastError(cause.code, message, { cause, details });
}

function forked(): HoldfastError {
  return stale('the store shows another history than it did before');
}

function stale(state: string, details: ErrorDetails = {}): HoldfastError {
  return new HoldfastError('stale', `Cannot trust this store: ${state}`, { details });
}
