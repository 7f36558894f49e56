/**
 * How soon a password is guessed, by zxcvbn, which knows what people choose. Vaults make the first ten
 * guesses the last, so little is enough against who guesses there, but nothing helps against who breaks
 * into the vaults and guesses at leisure: that is said.
 */
import { usageError } from '../command-error.ts';
import { countOf, formatCount } from '../terminal/quantities.ts';
import { isFamous } from './famous-phrases.ts';

export interface PasswordStrength {
  /** How many are tried before it, by who knows what people choose. */
  readonly guesses: number;
  /** Number of its digits when it has nothing else; null otherwise. */
  readonly pinDigits: number | null;
  /** It is made of words. */
  readonly isPhrase: boolean;
}

const LEAST_CHARACTERS = 6;
/** With it, who has ten guesses is right once in 2,000 times. Nine in ten random 6-digit PINs pass. */
const LEAST_GUESSES = 20_000;
/** Against who guesses at leisure, an Argon2id each: years on many machines. */
const STRONG_GUESSES = 1e12;

/** Of a list that words are drawn from by dice; who chooses words by themselves chooses from fewer. */
const GUESSES_PER_WORD = 7776;

/** What zxcvbn found, in words. */
const REASONS: Readonly<Record<string, string>> = {
  common: 'many people use it',
  commonNames: 'it is a name',
  dates: 'it is a date',
  extendedRepeat: 'it repeats itself',
  keyPattern: 'it is a pattern of keys',
  namesByThemselves: 'it is a name',
  pwned: 'it is in lists of stolen passwords',
  recentYears: 'it is a year',
  sequences: 'its characters follow each other',
  similarToCommon: 'it is close to what many people use',
  simpleRepeat: 'it repeats itself',
  straightRow: 'its keys lie in a row',
  topHundred: 'it is among the hundred that are used most',
  topTen: 'it is among the ten that are used most',
  userInputs: 'it is no secret',
  wordByItself: 'it is a single word',
};

/** @throws {HoldfastError} `usage` for one that is too easy to guess; the message does not repeat it. */
export async function judgePassword(password: string): Promise<PasswordStrength> {
  if ([...password].length < LEAST_CHARACTERS) {
    throw usageError(
      `Cannot take the password: it has fewer than ${LEAST_CHARACTERS} characters`,
      'Four or five words that have nothing to do with each other are easy to keep in mind.',
    );
  }
  if (isFamous(password)) throw tooEasy('everybody knows it');
  const { ZxcvbnFactory } = await import('@zxcvbn-ts/core');
  const { adjacencyGraphs, dictionary } = await import('@zxcvbn-ts/language-common');
  const { guesses, feedback } = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs }).check(
    password.normalize('NFKC'),
  );
  const words = wordsIn(password);
  const isPhrase = words > 1;
  // It takes words that it does not know for letters drawn at random.
  const least = isPhrase ? Math.min(guesses, GUESSES_PER_WORD ** words) : guesses;
  if (least < LEAST_GUESSES) {
    throw tooEasy(REASONS[feedback.warning ?? ''] ?? 'it is easy to guess');
  }
  const pinDigits = /^\d+$/.test(password) ? password.length : null;
  return { guesses: least, pinDigits, isPhrase };
}

function tooEasy(reason: string): Error {
  return usageError(
    `Cannot take the password: ${reason}`,
    'Choose another: four or five words that have nothing to do with each other, or random digits.',
  );
}

/** How many words it consists of; 0 when it is no phrase. */
function wordsIn(password: string): number {
  const parts = password.trim().split(/[\s\-_.,;:]+/u);
  return parts.every((part) => /^[\p{L}'’!?]+$/u.test(part)) ? parts.length : 0;
}

/**
 * What the password withstands, in words.
 *
 * @param tries How many guesses the vaults take before they destroy what they keep.
 */
export function describeStrength(
  { guesses, pinDigits, isPhrase }: PasswordStrength,
  tries: number,
): readonly string[] {
  if (pinDigits === null && guesses >= STRONG_GUESSES) {
    return [
      isPhrase
        ? 'If chance chose these words, they withstand guessing even without the vaults; a saying, a line of a song or a sentence about yourself does not.'
        : 'As far as can be told, this password withstands guessing even without the vaults.',
    ];
  }
  const many = Math.floor(pinDigits === null ? guesses : 10 ** pinDigits);
  const what =
    pinDigits === null
      ? `This password is among the first ${formatCount(many)} or so that an attacker tries`
      : `This is a ${pinDigits}-digit PIN, one of ${formatCount(many)}`;
  return [
    `${what}. Who may guess at the vaults has ${countOf(tries, 'guess', 'guesses')} before they destroy the key.`,
    'Who breaks into the vaults, their HSMs included, finds it soon: against them only a longer one helps, such as five words that chance chose.',
  ];
}
