/**
 * The sources of a backup: which paths they are, that they are none of our own folders, and that
 * they stay the same while they are read.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { compareBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { sourceGone } from './source-error.ts';

const ROOT = Buffer.from('/');

/** A source and the name that stands for it in the snapshot. */
export interface Source {
  /** Absolute, as it was named; so it is told, and listed in the snapshot. */
  readonly path: Buffer;
  /** Where it lies: differs from `path` when that is a symbolic link. */
  readonly realPath: Buffer;
  /** Of `path`. */
  readonly baseName: Uint8Array;
}

/**
 * Sorted by base name, and so by table key. A source that is a symbolic link is followed, unlike
 * links in a source: it was named for what it leads to.
 *
 * @throws {HoldfastError} `usage` when two sources have the same base name, or one has none;
 *   `source-unreadable` when one is a link that leads nowhere.
 */
export function resolveSources(paths: readonly string[]): readonly Source[] {
  const sources = paths.map((path) => {
    if (path === '') throw new HoldfastError('usage', 'Cannot back up: a path is empty');
    const absolute = resolve(path);
    const realPath = followLink(absolute);
    if (absolute === dirname(absolute) || realPath.equals(ROOT)) {
      throw new HoldfastError('usage', 'Cannot back up the root of a disk: name the folders in it');
    }
    return { path: Buffer.from(absolute), realPath, baseName: Buffer.from(basename(absolute)) };
  });
  sources.sort((a, b) => compareBytes(a.baseName, b.baseName));
  sources.forEach((source, i) => {
    const next = sources[i + 1];
    if (next !== undefined && compareBytes(source.baseName, next.baseName) === 0) {
      const both = `${source.path.toString()} and ${next.path.toString()}`;
      const advice =
        'they have the same name; back up each by itself, or the folder that holds both';
      throw new HoldfastError('usage', `Cannot back up ${both} together: ${advice}`);
    }
  });
  return sources;
}

function followLink(path: string): Buffer {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    const isLink = stat?.isSymbolicLink() ?? false;
    return isLink ? realpathSync(path, { encoding: 'buffer' }) : Buffer.from(path);
  } catch (cause) {
    throw unreadable(path, cause, 'it is a symbolic link, and what it leads to is not there');
  }
}

/**
 * Looks at sources as a backup does before it begins.
 *
 * @throws {HoldfastError} as `backUp` does of the paths alone.
 */
export function assertSources(paths: readonly string[]): void {
  for (const source of resolveSources(paths)) identify(source);
}

/** Text that stands for a folder, however its path is written; null when there is none. */
function folderId(path: string | Buffer): string | null {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isDirectory() ? `${stat.dev}:${stat.ino}` : null;
}

/** The ids of those of the folders that there are. */
export function folderIds(paths: readonly string[]): ReadonlySet<string> {
  return new Set(paths.map(folderId).filter((id) => id !== null));
}

/** @throws {HoldfastError} `usage` when a source is one of these folders, or lies in one. */
export function assertOutside(sources: readonly Source[], own: ReadonlySet<string>): void {
  for (const { path, realPath } of sources) {
    for (let at = realPath.toString(); ; at = dirname(at)) {
      const id = folderId(at);
      if (id !== null && own.has(id)) {
        const what = 'it is the store, or what this device keeps for it';
        throw new HoldfastError('usage', `Cannot back up ${path.toString()}: ${what}`);
      }
      if (at === dirname(at)) break;
    }
  }
}

/** Tells whether sources are still the folders that they were. */
export class SourceWatch {
  readonly #sources: readonly Source[];
  readonly #identities: readonly (string | null)[];

  /** @throws {HoldfastError} `source-unreadable` when a source is missing. */
  constructor(sources: readonly Source[]) {
    this.#sources = sources;
    this.#identities = sources.map(identify);
  }

  /**
   * A disk that was taken away half-way must not pass for files that were deleted.
   *
   * @throws {HoldfastError} `source-unreadable`.
   */
  assertStillThere(): void {
    this.#sources.forEach((source, i) => {
      const before = this.#identities[i];
      if (before !== null && identify(source) !== before) throw sourceGone(source.path);
    });
  }
}

/**
 * What tells a folder from another in its place; null for a file, which programs replace.
 *
 * @throws {HoldfastError} `source-unreadable`.
 */
function identify({ path, realPath }: Source): string | null {
  try {
    const stat = lstatSync(realPath, { bigint: true });
    return stat.isDirectory() ? `${stat.dev}:${stat.ino}` : null;
  } catch (cause) {
    throw unreadable(path.toString(), cause, 'there is no such file or folder');
  }
}

/** @param missing What to say when something is not there. */
function unreadable(path: string, cause: unknown, missing: string): HoldfastError {
  const isMissing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
  const message = `Cannot back up ${path}: ${isMissing ? missing : 'it is not readable'}`;
  return new HoldfastError('source-unreadable', message, { cause });
}
