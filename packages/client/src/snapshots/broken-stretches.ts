/**
 * Stretches of the list of files that can't be read: each is told once, as far as it concerns what
 * was asked for.
 */
import { isWithin } from '@holdfast/core/backup-format';
import { compareBytes } from '@holdfast/core/bytes';
import type { HoldfastError } from '@holdfast/core/errors';
import type { KeyRange, OnBroken } from '../table/index.ts';

const NO_KEY = new Uint8Array(0);

export class BrokenStretches {
  readonly #tell: (key: Uint8Array, error: HoldfastError, before: Uint8Array | null) => void;
  readonly #stretches: KeyRange[] = [];

  /** @param tell Told of all paths from `key` to before another, or to the end when that is null. */
  constructor(tell: (key: Uint8Array, error: HoldfastError, before: Uint8Array | null) => void) {
    this.#tell = tell;
  }

  get isEmpty(): boolean {
    return this.#stretches.length === 0;
  }

  /** Whether a path lies in one of those met so far. */
  covers(key: Uint8Array): boolean {
    return this.#stretches.some(({ from, to }) => {
      const begins = from === null || compareBytes(from, key) <= 0;
      return begins && (to === null || compareBytes(key, to) < 0);
    });
  }

  /** Whether just this one was met before. */
  includes({ from, to }: KeyRange): boolean {
    return this.#stretches.some((one) => isSame(one.from, from) && isSame(one.to, to));
  }

  /** For a cursor. @param folder Only stretches that concern it. */
  within(folder?: Uint8Array): OnBroken {
    return (stretch, error) => {
      const { from, to } = stretch;
      if (folder !== undefined) {
        const startsAfter = from !== null && compareBytes(from, folder) > 0;
        if (startsAfter && !isWithin(from, folder)) return;
        if (to !== null && compareBytes(to, folder) <= 0) return;
      }
      if (this.includes(stretch)) return;
      this.#stretches.push(stretch);
      this.#tell(from ?? NO_KEY, error, to);
    };
  }
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return compareBytes(a, b) === 0;
}
