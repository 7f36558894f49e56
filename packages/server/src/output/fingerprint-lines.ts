/** A fingerprint as people compare it: 16 groups of 4 digits, in two lines. */
export function fingerprintLines(fingerprint: string): [first: string, second: string] {
  const groups = fingerprint.match(/.{4}/g) ?? [];
  return [groups.slice(0, 8).join(' '), groups.slice(8).join(' ')];
}
