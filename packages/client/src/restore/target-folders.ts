/**
 * The folders that a restore writes into: made as needed, and never left by way of a link.
 *
 * A backup is written by devices of its owner, yet a restore trusts its paths as little as those of
 * a stranger: every folder on the way is looked at, and must be a real one.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { encodePathKey, isWithin } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';

const SLASH = Buffer.from('/');

export class TargetFolders {
  readonly #target: Buffer;
  /** Folders from the target down to the last one asked for. */
  #verified: { readonly key: Uint8Array; readonly path: Buffer }[] = [];
  readonly #made = new Set<string>();

  /** @param target Absolute path; made when missing. */
  constructor(target: string) {
    this.#target = Buffer.from(target);
    mkdirSync(target, { recursive: true });
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
      this.#ensureOne(path);
      this.#verified.push({ key: encodePathKey(part), path });
    }
    return this.pathOf(names);
  }

  /** Whether this restore made the folder, so that it may set its times. */
  hasMade(path: Buffer): boolean {
    return this.#made.has(path.toString('latin1'));
  }

  #ensureOne(path: Buffer): void {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return;
    if (stat !== undefined) {
      throw new HoldfastError('target-unusable', 'Cannot make a folder: its name is taken');
    }
    mkdirSync(path, { mode: 0o700 });
    this.#made.add(path.toString('latin1'));
  }
}
