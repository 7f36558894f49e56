/** Prints a root key as the 64-digit key, in eight numbered rows (spec/key-text.md §1). */
import { checkLetter, ROW_DIGITS, ROWS } from './check-letter.ts';

/**
 * Rows such as `1  3f2a 90bc  K`: number, two groups of four digits, check letter.
 *
 * @param bytes The root key, exactly 32 bytes.
 */
export function formatKey(bytes: Uint8Array): string[] {
  if (bytes.length !== 32) throw new RangeError(`"bytes" must be 32 bytes: got ${bytes.length}`);
  const digits = bytes.toHex();
  return Array.from({ length: ROWS }, (_, index) => {
    const row = digits.slice(index * ROW_DIGITS, (index + 1) * ROW_DIGITS);
    return `${index + 1}  ${row.slice(0, 4)} ${row.slice(4)}  ${checkLetter(row, index + 1)}`;
  });
}
