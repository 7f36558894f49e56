/**
 * Shows text from a backup so that it can't drive the terminal: control characters, line ends,
 * direction marks and bytes that are not UTF-8 are written as escapes.
 */

/** Unseen characters that a terminal acts on, or that make a name look like another one. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\\]/gu;

const NAMED: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
};

/** For text that has been made safe once: escapes what is unsafe, and no escape again. */
export function safeAgain(text: string): string {
  return text.replaceAll(/[^\\]+/g, safeText);
}

export function safeText(text: string): string {
  return text.replaceAll(UNSAFE, (character) => {
    const code = character.codePointAt(0) as number;
    const named = NAMED[character];
    if (named !== undefined) return named;
    return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** A name of any bytes; those that are not UTF-8 read `\xff`. */
export function safeName(name: Uint8Array): string {
  const text = decodeName(name);
  if (text !== null) return safeText(text);
  let shown = '';
  let start = 0;
  while (start < name.length) {
    const length = validLength(name, start);
    if (length === 0) {
      shown += `\\x${(name[start] as number).toString(16).padStart(2, '0')}`;
      start += 1;
    } else {
      shown += safeText(new TextDecoder().decode(name.subarray(start, start + length)));
      start += length;
    }
  }
  return shown;
}

/** @returns null when the bytes are not UTF-8. */
export function decodeName(name: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    return null;
  }
}

/** Bytes of the one UTF-8 character at `start`, or 0. */
function validLength(bytes: Uint8Array, start: number): number {
  for (let length = 1; length <= 4 && start + length <= bytes.length; length++) {
    if (decodeName(bytes.subarray(start, start + length)) !== null) return length;
  }
  return 0;
}
