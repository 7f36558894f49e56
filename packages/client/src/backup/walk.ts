/**
 * Walks sources in the order of their table keys: folders before what they hold, names by bytes.
 *
 * Holds the names of one folder per level, and follows no symbolic link.
 */
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { encodePathKey } from '@holdfast/core/backup-format';
import { compareBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { isPartialName } from '../paths/partial-name.ts';
import type { MatchesPath } from '../paths/path-pattern.ts';
import { throwIfCancelled } from '../stores/index.ts';

/** Something found, or something that could not be looked at. */
export interface Found {
  /** Path in the snapshot. */
  readonly key: Uint8Array;
  readonly names: readonly Uint8Array[];
  /** Path on this device. */
  readonly path: Buffer;
  /** null when it vanished or can't be looked at. */
  readonly stat: BigIntStats | null;
  readonly error: NodeJS.ErrnoException | null;
}

export interface WalkOptions {
  readonly isExcluded: MatchesPath;
  /** Folders that are left out, as `folderId` tells them: the store itself, and what holds its key. */
  readonly own?: ReadonlySet<string>;
  readonly onOwn?: ((path: Buffer) => void) | undefined;
  /** Told of what a restore left unfinished, which is left out too. */
  readonly onPartial?: ((path: Buffer) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A source and the name that stands for it in the snapshot. */
export interface Source {
  readonly path: Buffer;
  readonly baseName: Uint8Array;
}

/**
 * @throws {HoldfastError} `usage` when two sources have the same base name, or one has none.
 */
export function resolveSources(paths: readonly string[]): readonly Source[] {
  const sources = paths.map((path) => {
    if (path === '') throw new HoldfastError('usage', 'Cannot back up: a path is empty');
    const absolute = resolve(path);
    const baseName = Buffer.from(basename(absolute));
    if (baseName.length === 0) {
      throw new HoldfastError('usage', 'Cannot back up the root of a disk: name the folders in it');
    }
    return { path: Buffer.from(absolute), baseName };
  });
  sources.sort((a, b) => compareBytes(a.baseName, b.baseName));
  sources.forEach((source, i) => {
    const next = sources[i + 1];
    if (next !== undefined && compareBytes(source.baseName, next.baseName) === 0) {
      const name = basename(source.path.toString());
      throw new HoldfastError('usage', `Cannot back up two sources of the same name: ${name}`);
    }
  });
  return sources;
}

/** Paths looked at between two turns of the event loop, so that signals get through. */
const PATHS_PER_TURN = 256;

/** Text that stands for a folder, however its path is written; null when there is none. */
export function folderId(path: string | Buffer): string | null {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isDirectory() ? `${stat.dev}:${stat.ino}` : null;
}

/** @throws {HoldfastError} `usage` when a source is one of these folders, or lies in one. */
export function assertOutside(sources: readonly Source[], own: ReadonlySet<string>): void {
  for (const { path } of sources) {
    for (let at = path.toString(); ; at = dirname(at)) {
      const id = folderId(at);
      if (id !== null && own.has(id)) {
        const what = 'it is the store, or what this device keeps for it';
        throw new HoldfastError('usage', `Cannot back up ${path.toString()}: ${what}`);
      }
      if (at === dirname(at)) break;
    }
  }
}

export async function* walk(
  sources: readonly Source[],
  options: WalkOptions,
): AsyncIterable<Found> {
  let paths = 0;
  for (const { path, baseName } of sources) {
    for (const found of walkPath(path, [baseName], options)) {
      if (++paths % PATHS_PER_TURN === 0) await setImmediate();
      throwIfCancelled(options.signal, 'back up');
      yield found;
    }
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

const SEPARATOR = Buffer.from('/');
