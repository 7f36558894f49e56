/**
 * How much of every pack in the index of a state is live, and how much is the state's own upkeep.
 */
import { type PackRef, packBytes, type Segment } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { Backup } from '../repository/backup.ts';
import type { BackupState } from '../repository/read-state.ts';
import { StreamRanges } from '../repository/stream-ranges.ts';
import { findLiveBlobs } from './live-blobs.ts';

export interface IndexedPack {
  readonly ref: PackRef;
  readonly segments: readonly Segment[];
  /** Length of all its segments; what of them is neither live nor upkeep is dead. */
  readonly contentBytes: number;
  readonly liveBytes: number;
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

/** Everything in a state that is live. */
export async function findReached(
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

/** @param live Of the same state. @returns By the pack's name in hex digits. */
export async function measurePacks(
  backup: Backup,
  state: BackupState,
  live: StreamRanges,
  options: LiveOptions,
): Promise<ReadonlyMap<string, IndexedPack>> {
  const upkeep = new StreamRanges();
  const { stream, offset, storedBytes } = state.headState.root;
  upkeep.add(stream, offset, storedBytes);
  const { read } = backup.reader(options.signal, state.segments);
  const layers = state.root.index.map((layer) => layer.root);
  await findLiveBlobs(layers, { ...options, read, live: upkeep });
  const packs = new Map<string, Mutable<IndexedPack> & { readonly segments: Segment[] }>();
  for (const segment of state.segments.segments()) {
    const name = toHex(segment.pack.name);
    let pack = packs.get(name);
    if (pack === undefined) {
      pack = { ref: segment.pack, segments: [], contentBytes: 0, liveBytes: 0, upkeepBytes: 0 };
      packs.set(name, pack);
    }
    pack.segments.push(segment);
    pack.contentBytes += segment.lengthBytes;
    pack.liveBytes += live.bytesWithin(segment);
    pack.upkeepBytes += upkeep.bytesWithin(segment);
  }
  return packs;
}

/** Whether anything in a pack is live or upkeep. */
export function isNeeded(pack: IndexedPack | undefined): boolean {
  return pack !== undefined && (pack.liveBytes > 0 || pack.upkeepBytes > 0);
}

/** Length of these packs together, as they lie in the store. */
export function packBytesOf(packs: readonly IndexedPack[]): number {
  return packs.reduce((sum, { ref }) => sum + packBytes(ref.k), 0);
}

/** How much of these packs is live. */
export function liveBytesOf(packs: readonly IndexedPack[]): number {
  return packs.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
