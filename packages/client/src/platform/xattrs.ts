/**
 * Extended attributes, where the platform has them and the optional library could be built.
 */
import { existsSync, fstatSync, lstatSync } from 'node:fs';
import {
  XATTR_NAME_MAX_BYTES,
  XATTR_VALUE_MAX_BYTES,
  XATTRS_MAX,
  type Xattr,
} from '@holdfast/core/backup-format';

interface XattrLibrary {
  listAttributesSync(path: string): string[];
  getAttributeSync(path: string, name: string): Buffer;
  setAttributeSync(path: string, name: string, value: Buffer): void;
}

/** Failures that mean "none here", not "broken": no support, no permission, gone meanwhile. */
const NONE_HERE = new Set([
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENODATA',
  'ENOATTR',
  'EPERM',
  'EACCES',
  'ENOENT',
]);

/** Failures that mean "not such an attribute, not here". */
/** An attribute that is listed, and gone when it is read. */
const GONE = new Set(['ENODATA', 'ENOATTR']);

const NOT_TAKEN = new Set([...NONE_HERE, 'E2BIG', 'EDQUOT', 'EINVAL', 'ENOSPC', 'ERANGE']);

/** Names and values of one path together; an entry of the file table holds them all. */
const ALL_MAX_BYTES = 128 * 1024;

export class Xattrs {
  readonly #library: XattrLibrary;

  constructor(library: XattrLibrary) {
    this.#library = library;
  }

  /** @returns null where attributes can't be read or written. */
  static async load(): Promise<Xattrs | null> {
    try {
      return new Xattrs(await import('fs-xattr'));
    } catch {
      return null;
    }
  }

  /**
   * Attributes of a file or folder, by name; empty where there is no support for them.
   *
   * @returns Only those that an entry takes, and `isComplete` false, when some are too long or
   *   too many, their names are no text, or they may not be read.
   */
  read(path: Buffer): { readonly xattrs: readonly Xattr[]; readonly isComplete: boolean } {
    const text = path.toString();
    if (!Buffer.from(text).equals(path)) return { xattrs: [], isComplete: true };
    const xattrs: Xattr[] = [];
    let roomBytes = ALL_MAX_BYTES;
    let isComplete = true;
    try {
      // A file system may list a name twice, while it is changed.
      for (const listed of new Set(this.#library.listAttributesSync(text).sort())) {
        // What is no text is listed under another name than its own.
        if (listed.includes('\ufffd')) {
          isComplete = false;
          continue;
        }
        const name = Buffer.from(listed);
        const value = this.#value(text, listed);
        if (typeof value === 'string') {
          isComplete &&= GONE.has(value);
          continue;
        }
        const bytes = name.length + value.length;
        const fits =
          xattrs.length < XATTRS_MAX &&
          name.length <= XATTR_NAME_MAX_BYTES &&
          value.length <= XATTR_VALUE_MAX_BYTES &&
          bytes <= roomBytes;
        if (fits) {
          xattrs.push({ name, value });
          roomBytes -= bytes;
        } else isComplete = false;
      }
    } catch (error) {
      if (!NONE_HERE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    return { xattrs, isComplete };
  }

  /** @returns The code of the error when it can't be read. */
  #value(path: string, name: string): Buffer | string {
    try {
      return this.#library.getAttributeSync(path, name);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (NONE_HERE.has(code)) return code;
      throw error;
    }
  }

  /**
   * Sets an attribute of an open file or folder: where the system gives descriptors no paths of their
   * own, by the path that it was opened by, if that still leads there.
   *
   * @returns false when the file system takes no such attribute.
   */
  writeOpen(fd: number, path: Buffer, xattr: Xattr): boolean {
    const own = `/proc/self/fd/${fd}`;
    if (existsSync(own)) return this.write(Buffer.from(own), xattr);
    return leadsTo(path, fd) && this.write(path, xattr);
  }

  /**
   * Follows a link.
   *
   * @returns false when the file system takes no such attribute.
   */
  write(path: Buffer, { name, value }: Xattr): boolean {
    const [text, nameText] = [path.toString(), Buffer.from(name).toString()];
    // What is no text would be taken for another.
    if (!Buffer.from(text).equals(path) || !Buffer.from(nameText).equals(name)) return false;
    try {
      this.#library.setAttributeSync(text, nameText, Buffer.from(value));
      return true;
    } catch (error) {
      if (NOT_TAKEN.has((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
  }
}

function leadsTo(path: Buffer, fd: number): boolean {
  const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const open = fstatSync(fd, { bigint: true });
  return there?.ino === open.ino && there.dev === open.dev;
}
