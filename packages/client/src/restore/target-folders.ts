/**
 * The folders that a restore writes into: made as needed, and never left by way of a link.
 *
 * A backup is written by devices of its owner, yet a restore trusts its paths as little as those of
 * a stranger: every folder on the way is looked at, and must be a real one.
 */
import { appendFileSync, constants, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { encodePathKey, isWithin } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';

const SLASH = Buffer.from('/');
/**
 * Names the folders made so far, each as the key of its path in hex, for a restore that goes on
 * after this one was cut off: only a folder that we made gets the times and permissions it had.
 */
const MADE_FILE = '.holdfast-partial-folders';
const APPEND_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

export class TargetFolders {
  readonly #target: Buffer;
  /** Folders from the target down to the last one asked for. */
  #verified: { readonly key: Uint8Array; readonly path: Buffer }[] = [];
  readonly #made: Set<string>;

  /**
   * @param target Absolute path; made when missing.
   * @throws {HoldfastError} `target-unusable`.
   */
  constructor(target: string) {
    this.#target = Buffer.from(target);
    try {
      mkdirSync(target, { recursive: true });
    } catch (cause) {
      const message = `Cannot restore to ${target}: it can't be made a folder`;
      throw new HoldfastError('target-unusable', message, { cause });
    }
    this.#made = new Set(readOrEmpty(this.#madeFile).split('\n'));
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
    return Buffer.concat([this.#target, SLASH, Buffer.from(MADE_FILE)]);
  }

  #ensureOne(path: Buffer, key: Uint8Array): void {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return;
    if (stat !== undefined) {
      throw new HoldfastError('target-unusable', 'Cannot make a folder: its name is taken');
    }
    const made = toHex(key);
    appendFileSync(this.#madeFile, `${made}\n`, { flag: APPEND_FLAGS as unknown as string });
    mkdirSync(path, { mode: 0o700 });
    this.#made.add(made);
  }
}

function readOrEmpty(path: Buffer): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
