/**
 * Patterns that choose paths of a snapshot, or leave them out.
 *
 * A pattern without a slash is compared with names alone, one with a slash with the path from the
 * source's base name down. `*` stands for any run without a slash, `**` for any run, `?` for one
 * character; all others for themselves, and a leading dot is nothing special. What matches a folder
 * matches all that is in it.
 */

export type MatchesPath = (names: readonly Uint8Array[]) => boolean;

/**
 * Whether a path itself matches one of the patterns; its folders are not looked at.
 *
 * @param options `ignoresCase` takes upper and lower case of letters for the same.
 */
export function matchAny(
  patterns: readonly string[],
  { ignoresCase = false }: { readonly ignoresCase?: boolean } = {},
): MatchesPath {
  const bare = patterns.map((pattern) => {
    const text = trim(pattern);
    return {
      hasSlash: text.includes('/'),
      expression: toExpression(text, ignoresCase ? 'sui' : 'su'),
    };
  });
  return (names) => {
    const texts = names.map((name) => decoder.decode(name));
    const path = texts.join('/');
    const last = texts.at(-1) ?? '';
    return bare.some(({ hasSlash, expression }) => expression.test(hasSlash ? path : last));
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
  if (!bare.includes('/') || /[*?]/.test(bare)) return null;
  return bare.split('/').map((name) => Buffer.from(name));
}

const decoder = new TextDecoder();

function trim(pattern: string): string {
  return pattern.replace(/\/+$/, '').replace(/^(\.?\/)+/, '');
}

// A part of the pattern that is two stars also stands for no folder at all.
function toExpression(pattern: string, flags: string): RegExp {
  const parts = pattern.split(/((?<=^|\/)\*\*+\/|\*\*+|\*|\?)/u).map((part) => {
    if (/^\*\*+\/$/.test(part)) return '(?:.*/)?';
    if (part.startsWith('**')) return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : RegExp.escape(part);
  });
  return new RegExp(`^${parts.join('')}$`, flags);
}
