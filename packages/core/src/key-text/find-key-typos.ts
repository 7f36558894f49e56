/**
 * Finds the typing error in a key that was typed without check letters and proved wrong
 * (spec/key-text.md §4): tries the keys that one common slip away from it.
 */
import { ROW_DIGITS, ROWS } from './check-letter.ts';

export interface FoundTypo {
  /** Rows of the typed key that hold the error, counted from 1. */
  readonly rows: readonly number[];
  /** The right key, 32 bytes; the caller owns and wipes them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Number of keys tried at most: 960 changed digits, 224 swaps in a row, 7 across rows, 28 of rows. */
export const KEY_TYPO_CANDIDATES = 960 + 224 + 7 + 28;

/**
 * Candidates in this order: one digit changed, two digits of a row swapped, the digits either side
 * of a row's end swapped, two rows exchanged.
 *
 * @param bytes The typed key, 32 bytes.
 * @param isRight Whether a candidate is the key, by the commitment that the store holds. Called up
 *   to 1,219 times; must not keep the candidate, which is overwritten.
 * @returns null when no candidate is right.
 */
export async function findKeyTypos(
  bytes: Uint8Array,
  isRight: (candidate: Uint8Array<ArrayBuffer>) => boolean | Promise<boolean>,
): Promise<FoundTypo | null> {
  if (bytes.length !== 32) throw new RangeError(`"bytes" must be 32 bytes: got ${bytes.length}`);
  const digits = Array.from(bytes.toHex(), (digit) => Number.parseInt(digit, 16));
  const candidate = new Uint8Array(32);
  for (const { rows, typed } of slips(digits)) {
    packDigits(typed, candidate);
    if (await isRight(candidate)) return { rows, bytes: candidate };
  }
  candidate.fill(0);
  return null;
}

interface Slip {
  readonly rows: readonly number[];
  readonly typed: readonly number[];
}

function* slips(digits: number[]): Generator<Slip> {
  for (let place = 0; place < digits.length; place++) {
    for (let change = 1; change < 16; change++) {
      const typed = digits.with(place, (digits[place] as number) ^ change);
      yield { rows: [rowOf(place)], typed };
    }
  }
  for (let a = 0; a < digits.length; a++) {
    const rowEnd = rowOf(a) * ROW_DIGITS;
    for (let b = a + 1; b < rowEnd; b++) yield { rows: [rowOf(a)], typed: swap(digits, a, b) };
  }
  for (let b = ROW_DIGITS; b < digits.length; b += ROW_DIGITS) {
    yield { rows: [rowOf(b - 1), rowOf(b)], typed: swap(digits, b - 1, b) };
  }
  for (let a = 0; a < ROWS; a++) {
    for (let b = a + 1; b < ROWS; b++) {
      let typed: readonly number[] = digits;
      for (let i = 0; i < ROW_DIGITS; i++) {
        typed = swap(typed, a * ROW_DIGITS + i, b * ROW_DIGITS + i);
      }
      yield { rows: [a + 1, b + 1], typed };
    }
  }
}

function rowOf(place: number): number {
  return Math.floor(place / ROW_DIGITS) + 1;
}

function swap(digits: readonly number[], a: number, b: number): number[] {
  return digits.with(a, digits[b] as number).with(b, digits[a] as number);
}

function packDigits(digits: readonly number[], target: Uint8Array): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = ((digits[2 * i] as number) << 4) | (digits[2 * i + 1] as number);
  }
}
