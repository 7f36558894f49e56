/**
 * The check letter that ends each row of a printed key or code (spec/key-text.md §2).
 *
 * A weighted sum modulo the prime 17: it changes with every single digit, with every swap of two
 * digits in the row, and with the row's number. Nothing about it is stored.
 */

/** Digits in one row. */
export const ROW_DIGITS = 8;
/** Most rows there are: those of a 32-byte key. */
export const ROWS = 8;

/** Seventeen letters, none of them a hex digit, none that looks like 0 or 1. */
export const CHECK_LETTERS = 'GHJKMNPQRSTUVWXYZ';

/**
 * @param digits Exactly eight hex digits, lower or upper case.
 * @param row 1 to 8.
 */
export function checkLetter(digits: string, row: number): string {
  if (!/^[0-9a-f]{8}$/i.test(digits)) throw new RangeError('"digits" must be 8 hex digits');
  if (!Number.isInteger(row) || row < 1 || row > ROWS) {
    throw new RangeError(`"row" must be 1 to 8: got ${row}`);
  }
  let sum = 9 * row;
  for (let i = 0; i < ROW_DIGITS; i++) {
    sum += (i + 1) * Number.parseInt(digits.charAt(i), 16);
  }
  return CHECK_LETTERS.charAt(sum % CHECK_LETTERS.length);
}
