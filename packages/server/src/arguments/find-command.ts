/** Finds which command is meant by the first words. */
import { usageError } from '../command-error.ts';
import { nearest } from './nearest.ts';

export interface FoundCommand {
  readonly name: string;
  /** All other arguments, in order. */
  readonly rest: readonly string[];
}

/**
 * @param names Of all commands, one or two words each.
 * @throws {HoldfastError} `usage` for words that are no command.
 */
export function findCommand(args: readonly string[], names: readonly string[]): FoundCommand {
  const [first = '--help', second = ''] = args;
  if (first === '--help' || first === '-h') return { name: 'help', rest: args.slice(1) };
  if (first === '--version' || first === '-V') return { name: 'version', rest: args.slice(1) };
  const pair = `${first} ${second}`;
  if (names.includes(pair)) return { name: pair, rest: args.slice(2) };
  if (names.includes(first)) return { name: first, rest: args.slice(1) };
  const parts = names.filter((name) => name.startsWith(`${first} `));
  if (parts.length > 0) {
    throw usageError(
      `Cannot run "${first}": it needs a second word`,
      `One of: ${parts.map((name) => `holdfast-server ${name}`).join(', ')}.`,
    );
  }
  const meant = nearest(first, names);
  const isWord = /^[a-z-]{1,20}$/i.test(first);
  throw usageError(
    `Cannot run${isWord ? ` "${first}"` : ''}: no such command`,
    meant === null
      ? '"holdfast-server help" lists the commands.'
      : `Did you mean "holdfast-server ${meant}"?`,
  );
}
