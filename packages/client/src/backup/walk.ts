/**
 * Walks sources in the order of their table keys: folders before what they hold, names by bytes.
 *
 * Holds the names of one folder per level, and follows no symbolic link but a source.
 */
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { encodePathKey } from '@holdfast/core/backup-format';
import { isPartialName } from '../paths/partial-name.ts';
import type { MatchesPath } from '../paths/path-pattern.ts';
import { throwIfCancelled } from '../stores/index.ts';
import type { Source } from './sources.ts';

/** Paths looked at between two turns of the event loop, so that signals get through. */
const PATHS_PER_TURN = 256;
const SEPARATOR = Buffer.from('/');

interface FoundPath {
  /** Path in the snapshot. */
  readonly key: Uint8Array;
  readonly names: readonly Uint8Array[];
  /** Path on this device. */
  readonly path: Buffer;
}

/** What could be looked at. */
export interface Seen extends FoundPath {
  readonly stat: BigIntStats;
  readonly error: null;
}

/** What vanished or can't be looked at; a folder that can't be listed has its status still. */
interface Unseen extends FoundPath {
  readonly stat: BigIntStats | null;
  readonly error: NodeJS.ErrnoException;
}

export type Found = Seen | Unseen;

export interface WalkOptions {
  readonly isExcluded: MatchesPath;
  /** Folders that are left out, by `folderIds`: the store itself, and what holds its key. */
  readonly own?: ReadonlySet<string>;
  readonly onOwn?: ((path: Buffer) => void) | undefined;
  /** Told of what a restore left unfinished, which is left out too. */
  readonly onPartial?: ((path: Buffer) => void) | undefined;
  /** Told of a source in which there is no file, which may be a disk that is not mounted. */
  readonly onEmpty?: ((source: Source) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function* walk(
  sources: readonly Source[],
  options: WalkOptions,
): AsyncIterable<Found> {
  let paths = 0;
  for (const source of sources) {
    let isEmpty = true;
    for (const found of walkPath(source.realPath, [source.baseName], options)) {
      if (++paths % PATHS_PER_TURN === 0) await setImmediate();
      throwIfCancelled(options.signal, 'back up');
      isEmpty &&= found.error === null && found.stat.isDirectory();
      yield found;
    }
    if (isEmpty) options.onEmpty?.(source);
  }
}

function* walkPath(
  path: Buffer,
  names: readonly Uint8Array[],
  options: WalkOptions,
): Iterable<Found> {
  if (names.length > 1 && options.isExcluded(names)) return;
  if (isPartialName(names.at(-1) as Uint8Array)) {
    options.onPartial?.(path);
    return;
  }
  const key = encodePathKey(names);
  let stat: BigIntStats | null = null;
  let children: Buffer[] = [];
  try {
    stat = lstatSync(path, { bigint: true });
    if (stat.isDirectory() && options.own?.has(`${stat.dev}:${stat.ino}`)) {
      options.onOwn?.(path);
      return;
    }
    if (stat.isDirectory()) children = readdirSync(path, { encoding: 'buffer' });
  } catch (error) {
    yield { key, names, path, stat, error: error as NodeJS.ErrnoException };
    return;
  }
  yield { key, names, path, stat, error: null };
  children.sort(Buffer.compare);
  for (const child of children) {
    yield* walkPath(Buffer.concat([path, SEPARATOR, child]), [...names, child], options);
  }
}
