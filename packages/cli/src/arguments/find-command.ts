/** Finds which command is meant, wherever in the arguments its name stands. */
import { usageError } from '../command-error.ts';
import { nearest } from './nearest.ts';

export interface FoundCommand {
  /** A name of the table of commands; null when none was typed. */
  readonly name: string | null;
  /** All other arguments, in order. */
  readonly rest: readonly string[];
}

/** Options before the command's name whose value is the next argument. */
const TAKES_VALUE = new Set(['--store', '--key-file']);

/**
 * @param names Of all commands, one or two words each.
 * @throws {HoldfastError} `usage` for a word that is no command.
 */
export function findCommand(args: readonly string[], names: readonly string[]): FoundCommand {
  let index = 0;
  while (index < args.length && args[index]?.startsWith('-')) {
    index += TAKES_VALUE.has(args[index] as string) ? 2 : 1;
  }
  const word = args[index];
  if (word === undefined) return { name: null, rest: args };

  const pair = `${word} ${args[index + 1] ?? ''}`;
  if (names.includes(pair)) return { name: pair, rest: args.toSpliced(index, 2) };
  if (names.includes(word)) return { name: word, rest: args.toSpliced(index, 1) };

  const parts = names.filter((name) => name.startsWith(`${word} `));
  if (parts.length > 0) throw wrongSecondWord(word, args[index + 1], parts);
  const meant = nearest(word, names);
  throw usageError(
    /^[a-z-]{1,20}$/.test(word)
      ? `Cannot run "${word}": no such command`
      : 'Cannot run: no such command',
    meant === null ? '"holdfast help" lists the commands.' : `Did you mean "holdfast ${meant}"?`,
  );
}

/** @param parts Names of all commands that begin with `first`. */
function wrongSecondWord(
  first: string,
  typed: string | undefined,
  parts: readonly string[],
): Error {
  const seconds = parts.map((name) => name.slice(first.length + 1));
  const isWord = typed !== undefined && !typed.startsWith('-');
  const meant = isWord ? nearest(typed, seconds) : null;
  return usageError(
    isWord
      ? `Cannot run: "${first}" has no such second word`
      : `Cannot run "${first}": it needs a second word`,
    meant === null
      ? `One of: ${parts.map((name) => `holdfast ${name}`).join(', ')}.`
      : `Did you mean "holdfast ${first} ${meant}"?`,
  );
}
