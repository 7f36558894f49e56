/**
 * Shows a path from a backup so that it harms nobody who reads it: control characters, direction
 * marks, bytes that are not UTF-8, and the backslash itself are written as escapes.
 */
import { pathBytes } from '../paths/path-text.ts';

/** Unseen characters that a terminal acts on, or that make a name look like another one. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\\]/gu;

const NAMED: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
};

/** @param key A path as in the file table. */
export function safePath(key: Uint8Array): string {
  const bytes = pathBytes(key);
  try {
    return escapeUnsafe(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return Array.from(bytes, (byte) =>
      byte < 0x80 ? escapeUnsafe(String.fromCharCode(byte)) : `\\x${byte.toString(16)}`,
    ).join('');
  }
}

function escapeUnsafe(text: string): string {
  return text.replaceAll(UNSAFE, (character) => {
    const hex = (character.codePointAt(0) as number).toString(16);
    return NAMED[character] ?? (hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
  });
}
