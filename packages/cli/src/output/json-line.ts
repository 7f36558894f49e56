/** One value as one line of JSON that is safe to show on a terminal. */
import { decodeName } from '@holdfast/client/safe-text';

/** Characters that JSON leaves as they are but a terminal may act on. */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Bytes become hex digits; whole numbers too large for a double become strings. */
export function encodeJsonLine(value: unknown): string {
  const text = JSON.stringify(value, (_, member) => {
    if (typeof member === 'bigint') {
      return Number.isSafeInteger(Number(member)) ? Number(member) : String(member);
    }
    return member instanceof Uint8Array ? member.toHex() : member;
  });
  return `${text.replaceAll(UNSAFE, escapeUnits)}\n`;
}

function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** A file's name in JSON: as text, and as hex digits too when it is not UTF-8. */
export function nameFields(path: Uint8Array): { path: string; pathHex?: string } {
  const text = decodeName(path);
  return text === null
    ? { path: new TextDecoder().decode(path), pathHex: path.toHex() }
    : { path: text };
}

/** The same of a path, or of all from it on to before another. */
export function stretchFields(
  path: Uint8Array,
  before: Uint8Array | null | undefined,
): Record<string, string | null> {
  const fields = nameFields(path);
  if (before === undefined) return fields;
  if (before === null) return { ...fields, before };
  const { path: text, pathHex } = nameFields(before);
  return { ...fields, before: text, ...(pathHex === undefined ? {} : { beforeHex: pathHex }) };
}
