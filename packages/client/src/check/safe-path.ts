/**
 * Shows a path from a backup so that it harms nobody who reads it: control characters, direction
 * marks and bytes that are not UTF-8 are written as escapes.
 */
import { pathBytes } from '../paths/path-text.ts';

/** Unseen characters that a terminal acts on, or that make a name look like another one. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** @param key A path as in the file table. */
export function safePath(key: Uint8Array): string {
  const bytes = pathBytes(key);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    text = Array.from(bytes, (byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : escaped(byte),
    ).join('');
  }
  return text.replaceAll(UNSAFE, (character) => escaped(character.codePointAt(0) as number));
}

function escaped(code: number): string {
  const hex = code.toString(16);
  return code <= 0xff ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}
