/** Prints a root key or an account code in numbered rows (spec/key-text.md §1). */
import { checkLetter, ROW_DIGITS } from './check-letter.ts';
import { byteLengthOf, ROOT_KEY } from './written-form.ts';

/**
 * Rows such as `1  3f2a 90bc  K`: number, two groups of four digits, check letter.
 *
 * @param bytes Exactly as many as the form takes: 32 of a root key.
 */
export function formatKey(bytes: Uint8Array, form = ROOT_KEY): string[] {
  const length = byteLengthOf(form);
  if (bytes.length !== length) {
    throw new RangeError(`"bytes" must be ${length} bytes: got ${bytes.length}`);
  }
  const digits = bytes.toHex();
  return Array.from({ length: form.rows }, (_, index) => {
    const row = digits.slice(index * ROW_DIGITS, (index + 1) * ROW_DIGITS);
    return `${index + 1}  ${row.slice(0, 4)} ${row.slice(4)}  ${checkLetter(row, index + 1)}`;
  });
}
