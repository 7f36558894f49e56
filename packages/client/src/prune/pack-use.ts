/**
 * How much of every pack a state uses.
 */
import { type PackRef, packBytes, type Segment } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { Backup, BackupState } from '../repository/backup.ts';
import { StreamRanges } from '../repository/stream-ranges.ts';
import { findLiveBlobs } from './live-blobs.ts';

/** A pack that the index of a state names. */
export interface PackUse {
  readonly pack: PackRef;
  readonly segments: readonly Segment[];
  /** Length of all its segments. */
  readonly contentBytes: number;
  /** Bytes that snapshots use. */
  readonly usedBytes: number;
  /** Bytes of this state's root and index, which the next state may replace. */
  readonly upkeepBytes: number;
}

export interface LiveOptions {
  readonly onNode?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What the tables of all snapshots reach. */
export interface Reached {
  readonly live: StreamRanges;
  /** The table nodes alone. */
  readonly nodes: StreamRanges;
}

/** Everything that the snapshots of a state use. */
export async function findSnapshotBlobs(
  backup: Backup,
  { root, segments }: BackupState,
  options: LiveOptions,
): Promise<Reached> {
  const live = new StreamRanges();
  const nodes = new StreamRanges();
  const { read } = backup.reader(options.signal, segments);
  const layers = root.catalog.map((layer) => layer.root);
  await findLiveBlobs(layers, { ...options, read, live, nodes });
  return { live, nodes };
}

/** @param live Of the snapshots of the same state. @returns By the pack's name in hex digits. */
export async function measurePacks(
  backup: Backup,
  state: BackupState,
  live: StreamRanges,
  options: LiveOptions,
): Promise<ReadonlyMap<string, PackUse>> {
  const upkeep = new StreamRanges();
  const { stream, offset, storedBytes } = state.headState.root;
  upkeep.add(stream, offset, storedBytes);
  const { read } = backup.reader(options.signal, state.segments);
  const layers = state.root.index.map((layer) => layer.root);
  await findLiveBlobs(layers, { ...options, read, live: upkeep });
  const uses = new Map<string, Mutable<PackUse> & { readonly segments: Segment[] }>();
  for (const segment of state.segments.segments()) {
    const name = toHex(segment.pack.name);
    let use = uses.get(name);
    if (use === undefined) {
      const { pack } = segment;
      use = { pack, segments: [], contentBytes: 0, usedBytes: 0, upkeepBytes: 0 };
      uses.set(name, use);
    }
    use.segments.push(segment);
    use.contentBytes += segment.lengthBytes;
    use.usedBytes += live.bytesWithin(segment);
    use.upkeepBytes += upkeep.bytesWithin(segment);
  }
  return uses;
}

/** Whether a state needs a pack. */
export function isNeeded(use: PackUse | undefined): boolean {
  return use !== undefined && (use.usedBytes > 0 || use.upkeepBytes > 0);
}

/** Live bytes that are copied before a new state is made of them. */
const ROUND_BYTES = 1024 * 1024 * 1024;
/** What a pack's own index takes, roughly. */
const PACK_INDEX_BYTES = 16 * 1024;
/** Stores grow in these steps. */
const UNIT_BYTES = 256 * 1024;

/**
 * The worst packs, as many as have to be rewritten until dead bytes are at most so large a part of
 * all packs in use; none when that would free nothing.
 *
 * @param maxUnusedFraction From 0 to 1.
 */
export function chooseRewriting(
  uses: Iterable<PackUse>,
  maxUnusedFraction: number,
): readonly PackUse[] {
  const partly: PackUse[] = [];
  let storedBytes = 0;
  let deadBytes = 0;
  for (const use of uses) {
    if (!isNeeded(use)) continue;
    storedBytes += packBytes(use.pack.k);
    const dead = deadBytesOf(use);
    deadBytes += dead;
    // What only the state's own root and index use is dead with the next state.
    if (dead > 0 && use.usedBytes > 0) partly.push(use);
  }
  const deadFraction = (use: PackUse) => deadBytesOf(use) / packBytes(use.pack.k);
  partly.sort((a, b) => deadFraction(b) - deadFraction(a));
  const chosen: PackUse[] = [];
  let copiedBytes = 0;
  let oldBytes = 0;
  for (const use of partly) {
    if (deadBytes <= storedBytes * maxUnusedFraction || copiedBytes > ROUND_BYTES) break;
    chosen.push(use);
    copiedBytes += use.usedBytes;
    oldBytes += packBytes(use.pack.k);
    deadBytes -= deadBytesOf(use);
    storedBytes -= packBytes(use.pack.k) - use.usedBytes;
  }
  const newBytes = roundUp(copiedBytes + PACK_INDEX_BYTES);
  return newBytes < oldBytes ? chosen : [];
}

/** The next multiple of 256 KiB. */
export function roundUp(bytes: number): number {
  return Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES;
}

function deadBytesOf(use: PackUse): number {
  return use.contentBytes - use.usedBytes - use.upkeepBytes;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
