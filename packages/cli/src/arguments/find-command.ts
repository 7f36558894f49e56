/** Finds which command is meant, wherever in the arguments its name stands. */
import { usageError } from '../command-error.ts';
import { EVERY_COMMAND } from './every-option.ts';
import { nearest } from './nearest.ts';

export interface FoundCommand {
  /** A name of the table of commands; null when none was typed. */
  readonly name: string | null;
  /** All other arguments, in order. */
  readonly rest: readonly string[];
}

/** Options before the command's name whose value is the next argument. */
const TAKES_VALUE = new Set(['--store', '--key-file']);

const LIST_COMMANDS = '"holdfast help" lists the commands.';

/** What other programs call it. */
const SYNONYMS: Readonly<Record<string, string>> = {
  create: 'backup',
  delete: 'forget',
  list: 'snapshots',
  remove: 'forget',
  save: 'backup',
  verify: 'check',
};

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
  if (word === undefined) {
    assertKnown(args);
    return { name: null, rest: args };
  }

  const pair = `${word} ${args[index + 1] ?? ''}`;
  if (names.includes(pair)) return { name: pair, rest: args.toSpliced(index, 2) };
  if (names.includes(word)) return { name: word, rest: args.toSpliced(index, 1) };

  const parts = names.filter((name) => name.startsWith(`${word} `));
  if (parts.length > 0 && args.some(asksForHelp)) return { name: 'help', rest: [word] };
  if (parts.length > 0) throw wrongSecondWord(word, args[index + 1], parts);
  const meant = SYNONYMS[word.toLowerCase()] ?? nearest(word.toLowerCase(), names);
  throw usageError(
    `Cannot run${quoted(word)}: no such command`,
    meant === null ? LIST_COMMANDS : `Did you mean "holdfast ${meant}"?`,
  );
}

function asksForHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}

/** Without a command: only what every command takes, which shows the help. */
function assertKnown(args: readonly string[]): void {
  const names = [...EVERY_COMMAND.map(({ name }) => `--${name}`), '--version'];
  const letters = EVERY_COMMAND.flatMap(({ short = [] }) => short);
  for (const arg of args) {
    if (TAKES_VALUE.has(arg)) throw usageError('Cannot run: no command is named', LIST_COMMANDS);
    const isKnown = arg.startsWith('--')
      ? names.includes(arg)
      : [...arg.slice(1)].every((letter) => letters.includes(letter));
    if (isKnown) continue;
    const meant = nearest(arg, names);
    throw usageError(
      `Cannot run: there is no option ${arg}`,
      meant === null ? LIST_COMMANDS : `Did you mean ${meant}?`,
    );
  }
}

/** What was typed, unless it may be something that was not meant for the screen. */
function quoted(...words: readonly string[]): string {
  return words.every((word) => /^[a-z-]{1,20}$/i.test(word)) ? ` "${words.join(' ')}"` : '';
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
      ? `Cannot run${quoted(first, typed)}: no such command`
      : `Cannot run "${first}": it needs a second word`,
    meant === null
      ? `One of: ${parts.map((name) => `holdfast ${name}`).join(', ')}.`
      : `Did you mean "holdfast ${first} ${meant}"?`,
  );
}
