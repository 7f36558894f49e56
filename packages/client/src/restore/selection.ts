/**
 * Which entries of a snapshot a restore is about, and going on past those that make no sense.
 */
import {
  decodeFileEntry,
  decodePathKey,
  encodePathKey,
  type FileEntry,
  isWithin,
  type Table,
} from '@holdfast/core/backup-format';
import { compareBytes, toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { isDamage } from '../damage.ts';
import { isPartialName } from '../paths/partial-name.ts';
import { type MatchesPath, matchWithin, plainPath } from '../paths/path-pattern.ts';
import { BrokenStretches } from '../snapshots/broken-stretches.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { type CursorEntry, findEntry, type ReadBlob, TableCursor } from '../table/index.ts';

export interface Selected {
  readonly key: Uint8Array;
  readonly names: readonly Uint8Array[];
  readonly entry: FileEntry;
}

export interface SelectionOptions {
  readonly read: ReadBlob;
  readonly files: Table;
  /** Paths or patterns; everything when missing. */
  readonly include: readonly string[] | undefined;
  /**
   * Told once of each path whose entry makes no sense or whose name can't be restored; with `before`,
   * of all paths from `key` to before that one, or to the end when it is null.
   */
  readonly onFailure: (key: Uint8Array, error: unknown, before?: Uint8Array | null) => void;
  readonly signal: AbortSignal | undefined;
}

export class Selection {
  readonly #options: SelectionOptions;
  readonly #told = new Set<string>();
  readonly #broken: BrokenStretches;
  /** Those of `include` that nothing was found for. */
  readonly #unmatched: Set<string>;
  /** Key of the last entry that nothing can lie in. */
  #noFolder: Uint8Array | null = null;

  constructor(options: SelectionOptions) {
    this.#options = options;
    this.#broken = new BrokenStretches(options.onFailure);
    this.#unmatched = new Set(options.include);
  }

  /**
   * Those of `include` that match nothing, once all entries were gone through; none where part of the
   * list of files can't be read, as what they name may be there.
   */
  get unmatched(): readonly string[] {
    return this.#broken.isEmpty ? [...this.#unmatched] : [];
  }

  async hasAny(): Promise<boolean> {
    for await (const _ of this.entries()) return true;
    return false;
  }

  /** Entries to restore, with the folders that lead to them. */
  async *entries(): AsyncIterable<Selected> {
    const { include, files, read } = this.#options;
    const plain = include?.map(plainPath);
    if (plain?.every((names) => names !== null)) {
      await this.#matchPlain();
      const shown = new Set<string>();
      for (const names of outermost(plain)) yield* this.#selectWithin(names, shown);
      return;
    }
    const isIncluded = include === undefined ? () => true : this.#matchOf(include);
    /** Folders around the path at hand that were not chosen themselves. */
    const around: Selected[] = [];
    const onBroken = this.#broken.within();
    const cursor = new TableCursor(read, files, { onBroken });
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
      throwIfCancelled(this.#options.signal, 'restore');
      const item = this.#decode(row);
      if (item === null) continue;
      while (around.length > 0 && !isWithin(item.key, (around.at(-1) as Selected).key))
        around.pop();
      if (isIncluded(item.names)) {
        if (this.#isPartial(item)) continue;
        yield* around.splice(0);
        yield item;
      } else if (item.entry.kind === 'folder') around.push(item);
    }
  }

  /** Each by itself, as one may lie in a folder that another one names. */
  async #matchPlain(): Promise<void> {
    const { files, read } = this.#options;
    for (const path of this.#unmatched) {
      const key = encodePathKey(plainPath(path) ?? []);
      const found = await findEntry(read, files, key, this.#broken.within(key));
      if (found !== null) this.#unmatched.delete(path);
    }
  }

  #matchOf(include: readonly string[]): MatchesPath {
    const matchers = include.map((pattern) => ({ pattern, matches: matchWithin([pattern]) }));
    return (names) => {
      const matching = matchers.filter(({ matches }) => matches(names));
      for (const { pattern } of matching) this.#unmatched.delete(pattern);
      return matching.length > 0;
    };
  }

  /** @param shown Folders on the way that were yielded already. */
  async *#selectWithin(names: readonly Uint8Array[], shown: Set<string>): AsyncIterable<Selected> {
    const { files, read } = this.#options;
    const key = encodePathKey(names);
    const onBroken = this.#broken.within(key);
    const found = await findEntry(read, files, key, onBroken);
    if (found === null && this.#broken.isEmpty) return;
    for (let depth = 1; depth < names.length; depth++) {
      const part = names.slice(0, depth);
      const partKey = encodePathKey(part);
      const row = shown.has(toHex(partKey))
        ? null
        : await findEntry(read, files, partKey, onBroken);
      shown.add(toHex(partKey));
      const item = row === null ? null : this.#decode(row);
      if (item !== null && !this.#isPartial(item)) yield item;
    }
    const cursor = new TableCursor(read, files, { from: key, onBroken });
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
      if (!isWithin(row.key, key)) return;
      throwIfCancelled(this.#options.signal, 'restore');
      const item = this.#decode(row);
      if (item !== null && !this.#isPartial(item)) yield item;
    }
  }

  /** Whether a path has a name that a restore uses for what it has not finished; tells so once. */
  #isPartial({ key, names }: Selected): boolean {
    if (!names.some(isPartialName)) return false;
    const message = 'Cannot restore: the name is kept for what a restore has not finished';
    this.#tell(key, new HoldfastError('target-unusable', message));
    return true;
  }

  /** @returns null for an entry that makes no sense: that is told once, and the others are restored. */
  #decode({ key, value, addresses }: CursorEntry): Selected | null {
    try {
      const item = { key, names: decodePathKey(key), entry: decodeFileEntry(addresses, value) };
      if (this.#noFolder !== null && isBelow(key, this.#noFolder)) throw liesInNoFolder();
      if (item.entry.kind !== 'folder') this.#noFolder = key;
      return item;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#tell(key, error);
      return null;
    }
  }

  #tell(key: Uint8Array, error: HoldfastError): void {
    const text = toHex(key);
    if (!this.#told.has(text)) this.#options.onFailure(key, error);
    this.#told.add(text);
  }
}

function isBelow(key: Uint8Array, other: Uint8Array): boolean {
  return key.length > other.length && isWithin(key, other);
}

function liesInNoFolder(): HoldfastError {
  return new HoldfastError('damaged', 'Cannot restore: what it should lie in is no folder');
}

/** Leaves out paths that lie in another of them, so that nothing is selected twice. */
function outermost(paths: readonly (readonly Uint8Array[] | null)[]): readonly Uint8Array[][] {
  const chosen: { readonly key: Uint8Array; readonly names: Uint8Array[] }[] = [];
  const keyed = paths
    .filter((names) => names !== null)
    .map((names) => ({ key: encodePathKey(names), names: [...names] }));
  keyed.sort((a, b) => compareBytes(a.key, b.key));
  for (const path of keyed) {
    const last = chosen.at(-1);
    if (last === undefined || !isWithin(path.key, last.key)) chosen.push(path);
  }
  return chosen.map(({ names }) => names);
}
