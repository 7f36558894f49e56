/**
 * Patterns that choose paths of a snapshot, or leave them out.
 *
 * A pattern without a slash is compared with names alone, one with a slash with the path from the
 * source's base name down. `*` stands for any run without a slash, `**` for any run, `?` for one
 * character. What matches a folder matches all that is in it.
 */
import { matchesGlob } from 'node:path';

export type MatchesPath = (names: readonly Uint8Array[]) => boolean;

/** Whether a path itself matches one of the patterns; its folders are not looked at. */
export function matchAny(patterns: readonly string[]): MatchesPath {
  const bare = patterns.map(trim);
  return (names) => {
    const texts = names.map((name) => decoder.decode(name));
    const path = texts.join('/');
    const last = texts.at(-1) ?? '';
    return bare.some((pattern) => matches(pattern.includes('/') ? path : last, pattern));
  };
}

/** Whether a path or one of the folders that it lies in matches one of the patterns. */
export function matchWithin(patterns: readonly string[]): MatchesPath {
  const matchesItself = matchAny(patterns);
  return (names) => names.some((_, i) => matchesItself(names.slice(0, i + 1)));
}

/** The names of a pattern that is a plain path, without wildcards; null for any other. */
export function plainPath(pattern: string): readonly Uint8Array[] | null {
  const bare = trim(pattern);
  if (!bare.includes('/') || /[*?[\]{}!()]/.test(bare)) return null;
  return bare.split('/').map((name) => Buffer.from(name));
}

const decoder = new TextDecoder();

function trim(pattern: string): string {
  return pattern.replace(/\/+$/, '').replace(/^(\.?\/)+/, '');
}

function matches(text: string, pattern: string): boolean {
  return text === pattern || matchesGlob(text, pattern);
}
