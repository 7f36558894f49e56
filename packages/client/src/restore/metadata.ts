/**
 * Giving restored paths their owner, permissions, attributes and times, and counting what they do
 * not get back.
 */
import { chmodSync, lchownSync, lutimesSync } from 'node:fs';
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
   * Owner first, because changing it clears the set-user-ID bits; times last. Only root gives files
   * away: for anybody else what they restore is theirs.
   *
   * @param key Of the path in the snapshot.
   */
  apply(path: Buffer, key: Uint8Array, entry: FileEntry): void {
    if (process.geteuid?.() === 0) lchownSync(path, entry.uid, entry.gid);
    // Both of these would follow a link.
    if (entry.kind !== 'link') {
      this.#writeXattrs(path, key, entry);
      chmodSync(path, this.#modeOf(entry));
    }
    const seconds = toSeconds(entry.mtimeNs);
    lutimesSync(path, seconds, seconds);
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

  #writeXattrs(path: Buffer, key: Uint8Array, { xattrs }: FileEntry): void {
    let isWhole = true;
    let hasRights = false;
    for (const xattr of xattrs) {
      const name = Buffer.from(xattr.name).toString();
      const grants = RIGHTS_NAMES.some((prefix) => name.startsWith(prefix));
      if (grants && !this.#options.privileged) hasRights ||= !LABELS.has(name);
      else if (!this.#options.xattrs?.write(path, xattr)) isWhole = false;
    }
    if (hasRights) this.#lacking.rights++;
    if (isWhole || ++this.#lacking.attributes > PATHS_NAMED) return;
    const message = 'Restored without some of its attributes';
    this.#options.note('xattrs-skipped', message, pathBytes(key));
  }
}
