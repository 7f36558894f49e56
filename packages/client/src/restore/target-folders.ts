/**
 * The folders that a restore writes into: made as needed, and never left by way of a link.
 *
 * A backup is written by devices of its owner, yet a restore trusts its paths as little as those of
 * a stranger: every folder on the way is looked at, and must be a real one.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { encodePathKey, isWithin } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { isTemporaryName, MADE_FOLDERS_NAME } from '../paths/partial-name.ts';
import { makeFolders } from '../platform/make-folders.ts';
import { systemState } from '../platform/system-state.ts';

import { lockTarget } from './lock-target.ts';

const SLASH = Buffer.from('/');
const {
  O_APPEND,
  O_CREAT,
  O_DIRECTORY = 0,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
  O_RDONLY,
  O_WRONLY,
} = constants;
/** Longer, it is nothing that a restore wrote. */
const MADE_FILE_MAX_BYTES = 256 * 1024 * 1024;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

export class TargetFolders {
  readonly #target: Buffer;
  /** Folders from the target down to the last one asked for. */
  #verified: { readonly key: Uint8Array; readonly path: Buffer }[] = [];
  /**
   * Keys in hex of the folders made so far: only they get the times and permissions they had. They
   * are also noted in a file, for a restore that goes on after this one was cut off.
   */
  readonly #made: Set<string>;
  #onShared: ((path: Buffer) => void) | null;
  #isLocked = false;

  /**
   * @param target Absolute path; made when missing.
   * @param onShared Told once, when root restores and somebody else may rename folders on the way.
   * @throws {HoldfastError} `target-unusable`.
   */
  constructor(target: string, onShared: (path: Buffer) => void) {
    this.#target = Buffer.from(target);
    this.#onShared = process.geteuid?.() === 0 ? onShared : null;
    try {
      makeFolders(target);
    } catch (cause) {
      const message = `Cannot restore to ${target}: ${systemState(cause)}`;
      throw new HoldfastError('target-unusable', message, { cause });
    }
    this.#lookFrom(target);
    this.#made = new Set(readOrEmpty(this.#madeFile).split('\n'));
  }

  /**
   * Keeps other restores out, and removes what one that was killed has left in the folders on the way.
   *
   * @returns Lets the lock go.
   * @throws {HoldfastError} `already-running`.
   */
  lock(): Disposable {
    const lock = lockTarget(this.#target.toString());
    this.#isLocked = lock.isHeld;
    this.#sweep(this.#target);
    return lock;
  }

  /** Path on this device of a path in the snapshot. */
  pathOf(names: readonly Uint8Array[]): Buffer {
    return Buffer.concat([this.#target, ...names.flatMap((name) => [SLASH, name])]);
  }

  /**
   * Makes sure that a folder is there.
   *
   * @returns Its path.
   * @throws {HoldfastError} `target-unusable` when something else has that name.
   */
  ensure(names: readonly Uint8Array[]): Buffer {
    if (names.length === 0) return this.#target;
    const key = encodePathKey(names);
    while (this.#verified.length > 0) {
      const last = this.#verified.at(-1);
      if (last !== undefined && isWithin(key, last.key)) break;
      this.#verified.pop();
    }
    for (let depth = this.#verified.length + 1; depth <= names.length; depth++) {
      const part = names.slice(0, depth);
      const path = this.pathOf(part);
      const partKey = encodePathKey(part);
      this.#ensureOne(path, partKey);
      this.#verified.push({ key: partKey, path });
    }
    return this.pathOf(names);
  }

  /** Whether this restore, or one that it goes on with, made the folder and so may set its times. */
  hasMade(names: readonly Uint8Array[]): boolean {
    return this.#made.has(toHex(encodePathKey(names)));
  }

  /** Has the folder count as made by a restore that is over: what is put into it now changes its time. */
  claim(names: readonly Uint8Array[]): void {
    this.#made.add(toHex(encodePathKey(names)));
  }

  /** Nothing is left to go on with. */
  finish(): void {
    rmSync(this.#madeFile, { force: true });
  }

  get #madeFile(): Buffer {
    return Buffer.concat([this.#target, SLASH, MADE_FOLDERS_NAME]);
  }

  #ensureOne(path: Buffer, key: Uint8Array): void {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      this.#lookAt(path, stat);
      this.#sweep(path);
      return;
    }
    if (stat !== undefined) {
      throw new HoldfastError('target-unusable', 'Cannot make a folder: its name is taken');
    }
    const made = toHex(key);
    appendLine(this.#madeFile, made);
    mkdirSync(path, { mode: 0o700 });
    this.#made.add(made);
  }

  /** Removes files that a restore had not finished. */
  #sweep(folder: Buffer): void {
    if (!this.#isLocked) return;
    try {
      for (const name of readdirSync(folder, { encoding: 'buffer' })) {
        if (isTemporaryName(name)) rmSync(Buffer.concat([folder, SLASH, name]), { force: true });
      }
    } catch {
      // It may not be looked into, or what has such a name is no file: that can stay.
    }
  }

  #lookFrom(target: string): void {
    if (this.#onShared === null) return;
    for (let at = realpathSync(target); ; at = dirname(at)) {
      this.#lookAt(Buffer.from(at), lstatSync(at));
      if (at === dirname(at)) return;
    }
  }

  /** Nobody but root may rename what is in a folder of root's that is closed to them, or sticky. */
  #lookAt(path: Buffer, { mode, uid }: Stats): void {
    const isOwn = uid === 0 && ((mode & OTHERS_WRITE) === 0 || (mode & STICKY) !== 0);
    if (isOwn) return;
    this.#onShared?.(path);
    this.#onShared = null;
  }
}

/** @returns null for a folder that can't be opened. No link is followed in its place. */
export function openFolder(path: Buffer): number | null {
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') return null;
    throw error;
  }
}

function appendLine(path: Buffer, line: string): void {
  const fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  try {
    writeSync(fd, `${line}\n`);
  } finally {
    closeSync(fd);
  }
}

/** @returns What a restore wrote there; nothing for what is no such file. */
function readOrEmpty(path: Buffer): string {
  let fd = -1;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fstatSync(fd);
    return stat.isFile() && stat.size <= MADE_FILE_MAX_BYTES ? readFileSync(fd, 'latin1') : '';
  } catch {
    return '';
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}
