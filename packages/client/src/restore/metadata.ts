/**
 * Giving restored paths their owner, permissions, attributes and times, and counting what they do
 * not get back.
 */
import { fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync } from 'node:fs';
import type { FileEntry } from '@holdfast/core/backup-format';
import type { NoteCode } from '../events.ts';
import { pathBytes } from '../paths/path-text.ts';
import { toSeconds } from '../platform/file-times.ts';
import type { Xattrs } from '../platform/xattrs.ts';

/** Set-user-ID and set-group-ID: a program that has them runs with its owner's rights. */
const RIGHTS_BITS = 0o6000;
/** Attributes that only the system may set: `security.capability` lets a program do what root may. */
const RIGHTS_NAMES = ['security.', 'trusted.'];
/** Labels that the system gives files by itself, by where they lie. */
const LABELS = new Set(['security.selinux', 'security.ima', 'security.evm']);
/** Failures of giving an owner or permissions that mean "not such a one, not here". */
const NOT_TAKEN = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM']);
/** What a file may grant that has not got its owner: to whom it belongs now, and nobody else. */
const OWNER_BITS = 0o700;
/** Paths that are named; more are counted. */
const PATHS_NAMED = 20;

export interface MetadataOptions {
  /** null where attributes can't be written. */
  readonly xattrs: Xattrs | null;
  /** Whether paths get back what grants rights. */
  readonly privileged: boolean;
  readonly note: (code: NoteCode, message: string, path?: Uint8Array) => void;
}

export class RestoredMetadata {
  readonly #options: MetadataOptions;
  readonly #lacking = { rights: 0, attributes: 0 };

  constructor(options: MetadataOptions) {
    this.#options = options;
  }

  /** How many paths were restored without something. */
  get lacking(): { readonly rights: number; readonly attributes: number } {
    return this.#lacking;
  }

  /**
   * Of a file or folder. Owner first, because changing it clears the set-user-ID bits; times last.
   * Only root gives files away: for anybody else what they restore is theirs.
   *
   * @param fd Open descriptor of what lies at `path`.
   * @param key Of the path in the snapshot.
   */
  applyOpen(fd: number, path: Buffer, key: Uint8Array, entry: FileEntry): void {
    const hasOwner = isTaken(() => {
      if (process.geteuid?.() === 0) fchownSync(fd, entry.uid, entry.gid);
    });
    const hasXattrs = this.#writeXattrs(fd, path, entry);
    const mode = this.#modeOf(entry) & (hasOwner ? ~0 : OWNER_BITS);
    const hasMode = isTaken(() => fchmodSync(fd, mode));
    const seconds = toSeconds(entry.mtimeNs);
    futimesSync(fd, seconds, seconds);
    if (!hasOwner || !hasXattrs || !hasMode) this.#countLacking(key);
  }

  /** The time only, of a folder that a restore before this one locked: the rest it has already. */
  touch(path: Buffer, { mtimeNs }: FileEntry): void {
    const seconds = toSeconds(mtimeNs);
    lutimesSync(path, seconds, seconds);
  }

  /** Of a link, by its path: no descriptor leads to one. */
  applyLink(path: Buffer, key: Uint8Array, entry: FileEntry): void {
    const hasOwner = isTaken(() => {
      if (process.geteuid?.() === 0) lchownSync(path, entry.uid, entry.gid);
    });
    this.touch(path, entry);
    if (!hasOwner) this.#countLacking(key);
  }

  /** Tells how many paths lack something, beside those named. */
  finish(): void {
    const { note } = this.#options;
    const { rights, attributes } = this.#lacking;
    const more = attributes - PATHS_NAMED;
    if (more > 0) note('xattrs-skipped', `${more} more restored without some attributes`);
    if (rights > 0) {
      const paths = rights === 1 ? '1 path' : `${rights} paths`;
      note('rights-dropped', `${paths} restored without bits or attributes that grant rights`);
    }
  }

  #modeOf({ kind, mode }: FileEntry): number {
    // On a folder they only say whose group new files are of.
    const isPlain = kind === 'folder' || (mode & RIGHTS_BITS) === 0;
    if (isPlain || this.#options.privileged) return mode;
    this.#lacking.rights++;
    return mode & ~RIGHTS_BITS;
  }

  /** @returns Whether none is lacking, but those that grant rights. */
  #writeXattrs(fd: number, path: Buffer, { xattrs }: FileEntry): boolean {
    let isWhole = true;
    let hasRights = false;
    for (const xattr of xattrs) {
      const name = Buffer.from(xattr.name).toString();
      const grants = RIGHTS_NAMES.some((prefix) => name.startsWith(prefix));
      if (grants && !this.#options.privileged) hasRights ||= !LABELS.has(name);
      else if (!this.#options.xattrs?.writeOpen(fd, path, xattr)) isWhole = false;
    }
    if (hasRights) this.#lacking.rights++;
    return isWhole;
  }

  #countLacking(key: Uint8Array): void {
    if (++this.#lacking.attributes > PATHS_NAMED) return;
    const message = 'Restored without some of its attributes';
    this.#options.note('xattrs-skipped', message, pathBytes(key));
  }
}

function isTaken(give: () => void): boolean {
  try {
    give();
    return true;
  } catch (error) {
    if (NOT_TAKEN.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
