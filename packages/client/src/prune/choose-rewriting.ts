/**
 * Which packs are worth copying the live part out of.
 */
import { PACK_UNIT_BYTES, packBytes } from '@holdfast/core/backup-format';
import { type IndexedPack, isNeeded } from './indexed-packs.ts';

/** Live bytes that are copied before a new state is made of them. */
const ROUND_BYTES = 1024 * 1024 * 1024;
/** What a pack's own index takes, roughly. */
const PACK_INDEX_BYTES = 16 * 1024;

/**
 * The worst packs, as many as have to be rewritten until dead bytes are at most so large a part of
 * all needed packs; none when that would free nothing.
 *
 * @param maxDeadFraction From 0 to 1.
 */
export function chooseRewriting(
  packs: Iterable<IndexedPack>,
  maxDeadFraction: number,
): readonly IndexedPack[] {
  const partlyLive: IndexedPack[] = [];
  let neededBytes = 0;
  let deadBytes = 0;
  for (const pack of packs) {
    if (!isNeeded(pack)) continue;
    neededBytes += packBytes(pack.ref.k);
    const dead = deadBytesOf(pack);
    deadBytes += dead;
    // What is upkeep is dead with the next state.
    if (dead > 0 && pack.liveBytes > 0) partlyLive.push(pack);
  }
  const deadFraction = (pack: IndexedPack) => deadBytesOf(pack) / packBytes(pack.ref.k);
  partlyLive.sort((a, b) => deadFraction(b) - deadFraction(a));
  const chosen: IndexedPack[] = [];
  let copiedBytes = 0;
  let oldBytes = 0;
  for (const pack of partlyLive) {
    if (deadBytes <= neededBytes * maxDeadFraction || copiedBytes > ROUND_BYTES) break;
    chosen.push(pack);
    copiedBytes += pack.liveBytes;
    oldBytes += packBytes(pack.ref.k);
    deadBytes -= deadBytesOf(pack);
    neededBytes -= packBytes(pack.ref.k) - pack.liveBytes;
  }
  const newBytes = roundUp(copiedBytes + PACK_INDEX_BYTES);
  return newBytes < oldBytes ? chosen : [];
}

/** To the padding's step, in which stores grow. */
export function roundUp(bytes: number): number {
  return Math.ceil(bytes / PACK_UNIT_BYTES) * PACK_UNIT_BYTES;
}

function deadBytesOf({ contentBytes, liveBytes, upkeepBytes }: IndexedPack): number {
  return contentBytes - liveBytes - upkeepBytes;
}
