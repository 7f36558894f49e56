/** Public numbers of 32 bytes as people compare them: 16 groups of four digits, in two lines. */

export function hexGroups(digits: string): readonly [string, string] {
  const groups = digits.match(/.{4}/g) ?? [];
  return [groups.slice(0, 8).join(' '), groups.slice(8).join(' ')];
}

/** @returns 64 lower-case digits, however they were grouped; null for anything else. */
export function readHexGroups(text: string): string | null {
  const digits = text
    .normalize('NFKC')
    .replaceAll(/[\s:.\-–—]/g, '')
    .toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : null;
}
